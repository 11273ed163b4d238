package dev.tranche.controlplane.source;

import dev.tranche.assemblage.kube.ObjectKey;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is asked in one go. Two who name the same Secrets of the same namespace share it, and two
 * who name none; what needed a credential is never shared with another namespace.
 *
 * @param namespace null where there is no Secret
 */
record Repository(
    SourceRequest.Kind kind,
    String url,
    @Nullable String namespace,
    @Nullable String secret,
    @Nullable String proxySecret,
    @Nullable String certSecret,
    boolean insecure) {
  /** The key of one of the Secrets here. */
  Optional<ObjectKey> key(@Nullable String name) {
    return namespace == null || name == null
        ? Optional.empty()
        : Optional.of(new ObjectKey(namespace, name));
  }

  /** The host and port that are asked, for counting; the whole URL where it is not a proper one. */
  String host() {
    try {
      var authority = new URI(url).getAuthority();
      return authority == null
          ? url
          : authority.substring(authority.lastIndexOf('@') + 1).toLowerCase(Locale.ROOT);
    } catch (URISyntaxException e) {
      return url;
    }
  }

  /** Nothing secret: the URL may have a password. */
  @Override
  public String toString() {
    return "Repository[%s, %s, namespace=%s, secret=%s]".formatted(kind, host(), namespace, secret);
  }
}
