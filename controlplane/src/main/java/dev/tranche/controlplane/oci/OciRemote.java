package dev.tranche.controlplane.oci;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Map;

/**
 * Where an artifact is and what is shown there.
 *
 * @param url {@code oci://HOST[:PORT]/NAME}
 * @param secret the decoded content of the Secret with the credentials, of type {@code
 *     kubernetes.io/dockerconfigjson}, by its keys. Empty for none
 * @param certSecret that of the Secret with certificates: {@code ca.crt}, and {@code tls.crt} and
 *     {@code tls.key}. Empty for none
 * @param proxySecret that of the Secret with the proxy: {@code address}. Empty for none
 * @param insecure whether it is asked by plain HTTP
 */
public record OciRemote(
    String url,
    Map<String, String> secret,
    Map<String, String> certSecret,
    Map<String, String> proxySecret,
    boolean insecure) {
  private static final String DOCKER_HUB = "docker.io";

  public OciRemote {
    secret = Map.copyOf(secret);
    certSecret = Map.copyOf(certSecret);
    proxySecret = Map.copyOf(proxySecret);
  }

  /** The URL without whatever may be secret in it; for people. */
  public String place() {
    return url.replaceFirst("//[^/]*@", "//").replaceFirst("[?#].*$", "");
  }

  /** Nothing secret. */
  @Override
  public String toString() {
    return "OciRemote[%s, secret=%s, certSecret=%s, proxySecret=%s, insecure=%s]"
        .formatted(place(), secret.keySet(), certSecret.keySet(), proxySecret.keySet(), insecure);
  }

  /** The host and port that credentials are kept for. */
  String authority() throws OciException {
    var authority = uri().getRawAuthority();
    return authority.equals(DOCKER_HUB) ? "index.docker.io" : authority;
  }

  /** Where the API of this repository is: {@code …/v2/NAME/}. */
  URI api() throws OciException {
    var name = uri().getRawPath().substring(1).replaceFirst("/+$", "");
    var full =
        uri().getRawAuthority().equals(DOCKER_HUB) && !name.contains("/")
            ? "library/" + name
            : name;
    return URI.create("%s://%s/v2/%s/".formatted(insecure ? "http" : "https", authority(), full));
  }

  private URI uri() throws OciException {
    try {
      var uri = new URI(url);
      if (!"oci".equals(uri.getScheme())
          || uri.getHost() == null
          || uri.getRawUserInfo() != null
          || uri.getRawQuery() != null
          || uri.getRawFragment() != null
          || uri.getRawPath() == null
          || uri.getRawPath().length() < 2) {
        throw invalid();
      }
      return uri;
    } catch (URISyntaxException e) {
      throw invalid();
    }
  }

  private OciException invalid() {
    return new OciException(
        OciException.INVALID_URL, "%s is not oci://HOST/NAME".formatted(place()));
  }
}
