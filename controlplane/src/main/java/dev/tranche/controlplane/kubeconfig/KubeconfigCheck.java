package dev.tranche.controlplane.kubeconfig;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The checks behind {@link KubeconfigVerdict}, in the order in which they are made. */
final class KubeconfigCheck {
  private static final List<String> PATHS =
      List.of("tokenfile", "certificate-authority", "client-certificate", "client-key");

  private KubeconfigCheck() {}

  /** What the current context of an accepted kubeconfig leads to; not to be logged. */
  record CurrentContext(
      URI server,
      String name,
      Map<?, ?> context,
      String clusterName,
      Map<?, ?> cluster,
      String userName,
      Map<?, ?> user) {}

  static CurrentContext check(String yaml) throws RefusedException {
    // A cheap look first: UTF-8 never has fewer bytes than the text has characters.
    if (yaml.length() > KubeconfigVerdict.MAX_BYTES
        || yaml.getBytes(UTF_8).length > KubeconfigVerdict.MAX_BYTES) {
      throw new RefusedException(
          "KubeconfigTooLarge",
          "the kubeconfig is larger than %d KiB; keep only the cluster, user and context that are needed ('kubectl config view --raw --minify --flatten')"
              .formatted(KubeconfigVerdict.MAX_BYTES / 1024));
    }
    var config = UntrustedYaml.readMap(yaml);
    if (!"Config".equals(config.get("kind")) || !"v1".equals(config.get("apiVersion"))) {
      throw RefusedException.invalid(
          "it is no kubeconfig: apiVersion v1 and kind Config are missing");
    }
    var users = entries(config, "users", "user");
    var clusters = entries(config, "clusters", "cluster");
    var contexts = entries(config, "contexts", "context");
    for (var user : users.entrySet()) {
      refuseWhatRunsOrReads("user", user.getKey(), user.getValue());
    }
    for (var cluster : clusters.entrySet()) {
      refuseWhatRunsOrReads("cluster", cluster.getKey(), cluster.getValue());
      refuseWeakTransport(cluster.getKey(), cluster.getValue());
    }

    var current = text(config, "current-context");
    if (current == null) {
      throw RefusedException.invalid(
          "the kubeconfig has no current-context; set one with 'kubectl config use-context'");
    }
    var context = contexts.get(current);
    if (context == null) {
      throw RefusedException.invalid(
          "the current context %s is not among the contexts".formatted(named(current)));
    }
    var userName = text(context, "user");
    var user = userName == null ? null : users.get(userName);
    var clusterName = text(context, "cluster");
    var cluster = clusterName == null ? null : clusters.get(clusterName);
    if (userName == null || user == null) {
      throw dangling(current, "user", userName);
    }
    if (clusterName == null || cluster == null) {
      throw dangling(current, "cluster", clusterName);
    }
    requireCredential(userName, user);
    requireInlineData("cluster", clusterName, cluster, "certificate-authority-data");
    return new CurrentContext(
        server(clusterName, cluster), current, context, clusterName, cluster, userName, user);
  }

  /** The named entries of a list, by name; an entry without content has an empty map. */
  private static Map<String, Map<?, ?>> entries(Map<?, ?> config, String list, String content)
      throws RefusedException {
    var entries = new LinkedHashMap<String, Map<?, ?>>();
    var value = config.get(list);
    if (value == null) {
      return entries;
    }
    if (!(value instanceof List<?> items)) {
      throw RefusedException.invalid("%s is not a list".formatted(list));
    }
    for (var item : items) {
      var name = item instanceof Map<?, ?> entry ? text(entry, "name") : null;
      if (name == null) {
        throw RefusedException.invalid("an entry of %s has no name".formatted(list));
      }
      var inner = ((Map<?, ?>) item).get(content);
      if (inner != null && !(inner instanceof Map<?, ?>)) {
        throw RefusedException.invalid("%s %s is not a mapping".formatted(content, named(name)));
      }
      if (entries.put(name, inner == null ? Map.of() : (Map<?, ?>) inner) != null) {
        throw RefusedException.invalid("%s has %s twice".formatted(list, named(name)));
      }
    }
    return entries;
  }

  private static void refuseWhatRunsOrReads(String what, String name, Map<?, ?> entry)
      throws RefusedException {
    for (var field : entry.entrySet()) {
      var key = String.valueOf(field.getKey()).toLowerCase(Locale.ROOT);
      if (isAbsent(field.getValue())) {
        continue;
      }
      if (key.equals("exec")) {
        throw new RefusedException(
            "ExecRefused",
            "%s %s gets its credentials from a program (exec), which is never run; give a client certificate or a token inline"
                .formatted(what, named(name)));
      }
      if (key.equals("auth-provider")) {
        throw new RefusedException(
            "AuthProviderRefused",
            "%s %s gets its credentials from an auth-provider, which is never used; give a client certificate or a token inline"
                .formatted(what, named(name)));
      }
      if (PATHS.contains(key)) {
        throw new RefusedException(
            "FilePathRefused",
            "%s %s names a file in %s, which is never read; put its content inline ('kubectl config view --raw --flatten' does so for certificates)"
                .formatted(what, named(name), field.getKey()));
      }
    }
  }

  private static void refuseWeakTransport(String name, Map<?, ?> cluster) throws RefusedException {
    for (var field : cluster.entrySet()) {
      var key = String.valueOf(field.getKey()).toLowerCase(Locale.ROOT);
      var value = field.getValue();
      if (isAbsent(value)) {
        continue;
      }
      // Other readers take more words for true than this one, so only a plain false will do.
      if (key.equals("insecure-skip-tls-verify") && !Boolean.FALSE.equals(value)) {
        throw new RefusedException(
            "InsecureRefused",
            "cluster %s sets insecure-skip-tls-verify, so that anybody could pose as it; give certificate-authority-data instead"
                .formatted(named(name)));
      }
      if (key.equals("proxy-url")) {
        var host = uri(String.valueOf(value)).getHost();
        if (host == null) {
          throw RefusedException.invalid(
              "the proxy-url of cluster %s is no address".formatted(named(name)));
        }
        if (isLoopback(host)) {
          throw new RefusedException(
              "ProxyRefused",
              "the proxy-url of cluster %s leads to the control plane's own host; name a proxy that the control plane can reach"
                  .formatted(named(name)));
        }
      }
    }
  }

  private static void requireCredential(String name, Map<?, ?> user) throws RefusedException {
    requireInlineData("user", name, user, "client-certificate-data");
    requireInlineData("user", name, user, "client-key-data");
    var certificate = text(user, "client-certificate-data") != null;
    var key = text(user, "client-key-data") != null;
    if (certificate != key) {
      throw RefusedException.invalid(
          "user %s has only one of client-certificate-data and client-key-data; give both"
              .formatted(named(name)));
    }
    var password = text(user, "username") != null && text(user, "password") != null;
    if (!certificate && !password && text(user, "token") == null) {
      throw RefusedException.invalid(
          "user %s has no credentials; give a client certificate with its key, or a token, inline"
              .formatted(named(name)));
    }
  }

  private static void requireInlineData(String what, String name, Map<?, ?> entry, String field)
      throws RefusedException {
    var value = text(entry, field);
    if (value == null) {
      return;
    }
    try {
      if (new String(Base64.getMimeDecoder().decode(value), UTF_8).contains("-----BEGIN ")) {
        return;
      }
    } catch (IllegalArgumentException e) {
      // Said below: for a person it makes no difference at which step it fails.
    }
    throw RefusedException.invalid(
        "the %s of %s %s is not a PEM text in base64".formatted(field, what, named(name)));
  }

  private static URI server(String name, Map<?, ?> cluster) throws RefusedException {
    var server = text(cluster, "server");
    if (server == null) {
      throw RefusedException.invalid("cluster %s has no server".formatted(named(name)));
    }
    var uri = uri(server);
    if (uri.getHost() == null) {
      throw RefusedException.invalid(
          "the server of cluster %s is no address; it has to look like https://host:port"
              .formatted(named(name)));
    }
    if (!"https".equalsIgnoreCase(uri.getScheme())) {
      throw RefusedException.invalid(
          "the server of cluster %s is not reached by https".formatted(named(name)));
    }
    if (uri.getUserInfo() != null) {
      throw RefusedException.invalid(
          "the server of cluster %s has a user in its address; give credentials under users"
              .formatted(named(name)));
    }
    return uri;
  }

  private static RefusedException dangling(String context, String what, @Nullable String name) {
    return RefusedException.invalid(
        name == null
            ? "context %s names no %s".formatted(named(context), what)
            : "context %s names %s %s, which is not there"
                .formatted(named(context), what, named(name)));
  }

  private static boolean isLoopback(String host) {
    var bare = host.replaceAll("^\\[|]$|\\.$", "").toLowerCase(Locale.ROOT);
    if (bare.equals("localhost") || bare.endsWith(".localhost")) {
      return true;
    }
    try {
      // A literal never asks DNS. Forms such as 127.1 do not get here: to URI they are no host.
      var address = InetAddress.ofLiteral(bare);
      return address.isLoopbackAddress() || address.isAnyLocalAddress();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** An address; one without a host where it cannot be read. */
  private static URI uri(String text) {
    try {
      return new URI(text.strip());
    } catch (URISyntaxException e) {
      return URI.create("unreadable:address");
    }
  }

  private static boolean isAbsent(@Nullable Object value) {
    return value == null || "".equals(value);
  }

  private static @Nullable String text(Map<?, ?> map, String key) {
    return map.get(key) instanceof String text && !text.isEmpty() ? text : null;
  }

  /** A name out of the file, fit for a message. */
  private static String named(String name) {
    var shown = name.replaceAll("\\p{Cntrl}", "?");
    return "\"" + (shown.length() > 80 ? shown.substring(0, 80) + "…" : shown) + "\"";
  }
}
