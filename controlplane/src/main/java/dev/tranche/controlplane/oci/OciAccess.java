package dev.tranche.controlplane.oci;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tranche.controlplane.server.PemTls;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** What the Secrets of a remote say about how to ask it. */
final class OciAccess {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private OciAccess() {}

  /** A client with the trust and the proxy of the remote and nobody else's. */
  static HttpClient client(OciRemote remote, Duration deadline) throws OciException {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(deadline)
        .proxy(proxy(remote.proxySecret()))
        .sslContext(
            PemTls.context(keys(remote.certSecret()), trust(remote.certSecret().get("ca.crt"))))
        .build();
  }

  /** The value of {@code Authorization} for whoever asks who is there; empty for nobody. */
  static Optional<String> authorization(OciRemote remote) throws OciException {
    if (remote.secret().isEmpty()) {
      return Optional.empty();
    }
    var text = remote.secret().get(".dockerconfigjson");
    if (text == null) {
      throw invalid("of the registry has no key .dockerconfigjson");
    }
    JsonNode auths;
    try {
      auths = MAPPER.readTree(text).path("auths");
    } catch (JsonProcessingException e) {
      throw invalid("of the registry has no JSON in .dockerconfigjson");
    }
    var authority = remote.authority();
    return Stream.of(
            authority,
            "https://" + authority,
            "https://" + authority + "/v1/",
            "http://" + authority)
        .map(auths::path)
        .filter(JsonNode::isObject)
        .findFirst()
        .flatMap(OciAccess::basic);
  }

  private static Optional<String> basic(JsonNode entry) {
    var auth = entry.path("auth").asText();
    if (!auth.isBlank()) {
      return Optional.of("Basic " + auth.strip());
    }
    var username = entry.path("username").asText();
    return username.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "Basic "
                + Base64.getEncoder()
                    .encodeToString(
                        (username + ":" + entry.path("password").asText()).getBytes(UTF_8)));
  }

  private static ProxySelector proxy(Map<String, String> secret) throws OciException {
    if (secret.isEmpty()) {
      return HttpClient.Builder.NO_PROXY;
    }
    if (secret.containsKey("username")) {
      throw invalid("of the proxy has a username; registries are asked through open proxies only");
    }
    try {
      var uri = new URI(secret.getOrDefault("address", "").strip());
      if (!"http".equals(uri.getScheme()) || uri.getHost() == null) {
        throw invalid("of the proxy has no address like http://proxy.example.com:3128");
      }
      return ProxySelector.of(
          new InetSocketAddress(uri.getHost(), uri.getPort() > 0 ? uri.getPort() : 80));
    } catch (URISyntaxException e) {
      throw invalid("of the proxy has an address that is no URL");
    }
  }

  private static TrustManager[] trust(@Nullable String ca) throws OciException {
    try {
      return PemTls.trust(ca);
    } catch (GeneralSecurityException e) {
      throw invalid("with certificates has none in PEM in ca.crt");
    }
  }

  private static KeyManager @Nullable [] keys(Map<String, String> secret) throws OciException {
    var certificate = secret.get("tls.crt");
    var key = secret.get("tls.key");
    if (certificate == null && key == null) {
      return null;
    }
    if (certificate == null || key == null) {
      throw invalid("with certificates has only one of the keys tls.crt and tls.key");
    }
    try {
      return PemTls.keys(certificate, key);
    } catch (GeneralSecurityException e) {
      throw invalid("with certificates has none with a key in PEM in tls.crt and tls.key");
    }
  }

  private static OciException invalid(String problem) {
    return new OciException(OciException.INVALID_CREDENTIALS, "the Secret " + problem);
  }
}
