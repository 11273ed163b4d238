package dev.tranche.controlplane.marker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Whose copy of a repository's history an answer may come from. A repository that is asked without
 * credentials has one copy for all. Otherwise each pair of Secrets has its own: what one namespace
 * may read must not answer the questions of another.
 *
 * @param url of the repository, as git takes it
 * @param namespace of the Secrets; null where none is used
 * @param secret the name of the Secret with the repository's credentials
 * @param proxySecret the name of the Secret that says which proxy to use
 */
public record MirrorKey(
    String url, @Nullable String namespace, @Nullable String secret, @Nullable String proxySecret) {
  /** Leaves out a namespace that decides nothing. */
  public MirrorKey {
    if (secret == null && proxySecret == null) {
      namespace = null;
    } else if (namespace == null) {
      throw new IllegalArgumentException("the Secrets' namespace is missing");
    }
  }

  /** The name of a folder, which says nothing of the url. */
  String folder() {
    try {
      // Line feeds stand in none of them.
      var text = String.join("\n", url, part(namespace), part(secret), part(proxySecret));
      var digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static String part(@Nullable String name) {
    return name == null ? "" : name;
  }
}
