package dev.tranche.controlplane.git;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The proxy that a conversation goes through.
 *
 * @param socks whether it speaks SOCKS 5; HTTP otherwise
 * @param username null where it asks for none
 * @param password null where it asks for none
 */
record GitProxy(
    boolean socks, String host, int port, @Nullable String username, @Nullable String password) {

  /** From the content of the Secret, which is not empty. */
  static GitProxy of(Map<String, String> secret) throws GitException {
    var address = secret.get("address");
    if (address == null || address.isBlank()) {
      throw invalid("has no key address, as in http://proxy.example.com:3128");
    }
    try {
      var uri = new URI(address.strip());
      var scheme = uri.getScheme() == null ? "" : uri.getScheme();
      if (uri.getHost() == null || !scheme.matches("http|socks5h?")) {
        throw invalid("has an address that is not http://HOST:PORT or socks5://HOST:PORT");
      }
      var socks = scheme.startsWith("socks");
      var port = uri.getPort() > 0 ? uri.getPort() : socks ? 1080 : 80;
      return new GitProxy(
          socks, uri.getHost(), port, stripped(secret, "username"), stripped(secret, "password"));
    } catch (URISyntaxException e) {
      throw invalid("has an address that is no URL");
    }
  }

  Proxy proxy() {
    return new Proxy(socks ? Proxy.Type.SOCKS : Proxy.Type.HTTP, new InetSocketAddress(host, port));
  }

  /** The value of {@code Proxy-Authorization}; null for none. */
  @Nullable String authorization() {
    return username == null ? null : basic(username, password == null ? "" : password);
  }

  String place() {
    return host + ":" + port;
  }

  @Override
  public String toString() {
    return "GitProxy[" + place() + "]";
  }

  static String basic(String username, String password) {
    var pair = (username + ":" + password).getBytes(UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  private static @Nullable String stripped(Map<String, String> secret, String key) {
    var value = secret.get(key);
    return value == null || value.isBlank() ? null : value.strip();
  }

  private static GitException invalid(String problem) {
    return new GitException(GitException.INVALID_CREDENTIALS, "the Secret of the proxy " + problem);
  }
}
