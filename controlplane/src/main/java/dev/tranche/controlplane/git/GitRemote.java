package dev.tranche.controlplane.git;

import java.net.URISyntaxException;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.eclipse.jgit.transport.URIish;
import org.jspecify.annotations.Nullable;

/**
 * Where a repository is and what is shown there.
 *
 * @param url {@code https://}, {@code http://} or {@code ssh://}
 * @param secret the decoded content of the Secret with the credentials, by its keys, which are
 *     those of a Flux GitRepository's {@code secretRef}: {@code username} and {@code password} or
 *     {@code bearerToken}, {@code ca.crt} (or {@code caFile}), {@code tls.crt} and {@code tls.key}
 *     for https; {@code identity}, {@code known_hosts} and {@code password}, which is the key's,
 *     for ssh. Empty for none
 * @param proxySecret that of the Secret with the proxy, as a Flux GitRepository names it too:
 *     {@code address}, and {@code username} and {@code password}. Empty for none
 */
public record GitRemote(String url, Map<String, String> secret, Map<String, String> proxySecret) {
  private static final int LONGEST_QUOTE = 200;
  private static final Set<String> SECRET_KEYS =
      Set.of("password", "bearerToken", "identity", "tls.key");

  public GitRemote {
    secret = Map.copyOf(secret);
    proxySecret = Map.copyOf(proxySecret);
  }

  /** The url without whatever may be secret in it; for people. */
  public String place() {
    return url.replaceFirst("//[^/]*@", "//").replaceFirst("[?#].*$", "");
  }

  /** Nothing secret. */
  @Override
  public String toString() {
    return "GitRemote[%s, secret=%s, proxySecret=%s]"
        .formatted(place(), secret.keySet(), proxySecret.keySet());
  }

  @Nullable String value(String key) {
    var value = secret.get(key);
    return value == null || value.isBlank() ? null : value;
  }

  URIish uri() throws GitException {
    URIish uri;
    try {
      uri = new URIish(url);
    } catch (URISyntaxException e) {
      throw invalidUrl("is not a URL");
    }
    var scheme = uri.getScheme();
    if (scheme == null || !scheme.matches("https?|ssh")) {
      throw invalidUrl("begins with none of https://, http:// and ssh://");
    }
    if (uri.getHost() == null || uri.getHost().isEmpty()) {
      throw invalidUrl("names no host");
    }
    return uri;
  }

  /** What somebody else said, as part of a sentence: one line, not too long, nothing secret. */
  String quote(@Nullable String text) {
    if (text == null) {
      return "no reason was given";
    }
    var clean = text.replaceAll("//[^/\\s]*@", "//");
    var hidden =
        Stream.of(secret, proxySecret)
            .flatMap(from -> SECRET_KEYS.stream().map(key -> from.getOrDefault(key, "")))
            .flatMap(value -> Stream.of(value, value.strip()))
            .filter(value -> !value.isBlank())
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList();
    for (var value : hidden) {
      clean = clean.replace(value, "…");
    }
    // Shortened last: half a secret is one, too.
    var line = clean.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    return line.codePointCount(0, line.length()) <= LONGEST_QUOTE
        ? line
        : line.substring(0, line.offsetByCodePoints(0, LONGEST_QUOTE)) + "…";
  }

  private GitException invalidUrl(String problem) {
    return new GitException(GitException.INVALID_URL, "%s %s".formatted(place(), problem));
  }
}
