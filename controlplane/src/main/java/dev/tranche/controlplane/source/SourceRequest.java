package dev.tranche.controlplane.source;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What somebody wants to know of a source.
 *
 * @param namespace where the Secrets are
 * @param secret with the credentials, as Flux takes them; null for none
 * @param proxySecret with the proxy; null for none
 * @param certSecret with certificates, of OCI; null for none
 * @param insecure whether to speak plain http, of OCI
 * @param interval how long an answer is new enough; one of less than a second counts as a second
 */
public record SourceRequest(
    String namespace,
    Kind kind,
    String url,
    WantedVersion version,
    @Nullable String secret,
    @Nullable String proxySecret,
    @Nullable String certSecret,
    boolean insecure,
    Duration interval) {
  /** What kind of server answers. */
  public enum Kind {
    /** A git server. */
    GIT,
    /** A registry of OCI artifacts. */
    OCI
  }

  Repository repository() {
    var anonymous = secret == null && proxySecret == null && certSecret == null;
    return new Repository(
        kind, url, anonymous ? null : namespace, secret, proxySecret, certSecret, insecure);
  }
}
