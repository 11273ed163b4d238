package dev.tranche.controlplane.kubeconfig;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tranche.controlplane.kubeconfig.KubeconfigCheck.CurrentContext;
import java.net.URI;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How an API server is reached, and as whom: what the current context of a kubeconfig leads to.
 *
 * <p>It is secret as a whole, so that its text says nothing of it.
 *
 * @param tlsServerName the name in the server's certificate; null for that of its address
 * @param proxy the HTTP or SOCKS proxy on the way; null for none
 * @param authorityPem the certificates that the server's is checked against; null for those that
 *     the JVM trusts
 * @param certificatePem the client's certificate; null for none
 * @param keyPem the key of the client's certificate; null for none
 * @param authorization the header of that name; null for none
 * @param impersonation further headers, for a kubeconfig that acts as somebody else
 */
public record ApiServerAccess(
    URI server,
    @Nullable String tlsServerName,
    @Nullable URI proxy,
    @Nullable String authorityPem,
    @Nullable String certificatePem,
    @Nullable String keyPem,
    @Nullable String authorization,
    Map<String, List<String>> impersonation) {

  /**
   * The access of a kubeconfig.
   *
   * @param accepted a kubeconfig that is accepted
   * @throws IllegalArgumentException if it is not
   */
  public static ApiServerAccess of(String accepted) {
    try {
      return of(KubeconfigCheck.check(accepted));
    } catch (RefusedException e) {
      throw new IllegalArgumentException(e.refused().message());
    }
  }

  /** Whether a text has a credential of this access in it. */
  public boolean isRevealedBy(String text) {
    return authorization != null
        && Arrays.stream(authorization.split(" ", 2)).skip(1).anyMatch(text::contains);
  }

  private static ApiServerAccess of(CurrentContext current) {
    var user = current.user();
    var proxy = text(current.cluster(), "proxy-url");
    return new ApiServerAccess(
        current.server(),
        text(current.cluster(), "tls-server-name"),
        proxy == null ? null : URI.create(proxy.strip()),
        data(current.cluster(), "certificate-authority-data"),
        data(user, "client-certificate-data"),
        data(user, "client-key-data"),
        authorization(user),
        impersonation(user));
  }

  private static @Nullable String authorization(Map<?, ?> user) {
    var token = text(user, "token");
    if (token != null) {
      return "Bearer " + token.strip();
    }
    var name = text(user, "username");
    var password = text(user, "password");
    return name == null || password == null
        ? null
        : "Basic " + Base64.getEncoder().encodeToString((name + ":" + password).getBytes(UTF_8));
  }

  private static Map<String, List<String>> impersonation(Map<?, ?> user) {
    var headers = new LinkedHashMap<String, List<String>>();
    put(headers, "Impersonate-User", user.get("as"));
    put(headers, "Impersonate-Uid", user.get("as-uid"));
    put(headers, "Impersonate-Group", user.get("as-groups"));
    if (user.get("as-user-extra") instanceof Map<?, ?> extra) {
      extra.forEach((key, values) -> put(headers, "Impersonate-Extra-" + key, values));
    }
    return headers;
  }

  private static void put(
      Map<String, List<String>> headers, String header, @Nullable Object values) {
    var list =
        switch (values) {
          case String value -> List.of(value);
          case List<?> several ->
              several.stream().filter(Objects::nonNull).map(String::valueOf).toList();
          case null, default -> List.<String>of();
        };
    if (!list.isEmpty()) {
      headers.put(header, list);
    }
  }

  private static @Nullable String data(Map<?, ?> entry, String field) {
    var value = text(entry, field);
    return value == null ? null : new String(Base64.getMimeDecoder().decode(value), UTF_8);
  }

  private static @Nullable String text(Map<?, ?> map, String key) {
    return map.get(key) instanceof String text && !text.isEmpty() ? text : null;
  }

  @Override
  public String toString() {
    return "ApiServerAccess";
  }
}
