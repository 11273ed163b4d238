package dev.tranche.controlplane.source;

import dev.tranche.controlplane.rollout.GoDuration;
import dev.tranche.crd.v1alpha1.GitSource;
import dev.tranche.crd.v1alpha1.GitVersion;
import dev.tranche.crd.v1alpha1.OciSource;
import dev.tranche.crd.v1alpha1.OciVersion;
import dev.tranche.crd.v1alpha1.SecretRef;
import dev.tranche.crd.v1alpha1.Source;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A source and what its version says, whichever kind it is of. */
public record VersionedSource(Source source) {
  private static final Duration GIT_INTERVAL = Duration.ofMinutes(5);
  private static final Duration OCI_INTERVAL = Duration.ofMinutes(10);

  /**
   * A version.
   *
   * @param revision a commit or a digest
   */
  private record Version(
      @Nullable String tag, @Nullable String semver, @Nullable String revision) {}

  /** The version as a person says it: the tag, else the range, the commit or the digest. */
  public String word() {
    return source.version();
  }

  /** The address. */
  public String url() {
    return source.url();
  }

  /** The commit or the digest that is given; null where the version does not say it. */
  public @Nullable String revision() {
    return version().revision();
  }

  /** The tag and where it was found; null where the version does not say both. */
  public SourceAnswer.@Nullable Found found() {
    var version = version();
    return version.tag() == null || version.revision() == null
        ? null
        : new SourceAnswer.Found(version.tag(), version.revision());
  }

  /** The Secret with the credentials; null where there is none. */
  public @Nullable String secret() {
    return name(source.secretRef());
  }

  /** The Secret with the proxy; null where there is none. */
  public @Nullable String proxySecret() {
    return source.git() != null
        ? name(source.git().proxySecretRef())
        : name(oci().proxySecretRef());
  }

  /** Whether it is a git repository. */
  public boolean isGit() {
    return source.git() != null;
  }

  /** Whether what is to be asked for depends on bindings. */
  public boolean mentionsBindings() {
    return Stream.of(url(), word(), secret(), proxySecret(), certSecret())
        .filter(Objects::nonNull)
        .anyMatch(text -> text.contains("$("));
  }

  /**
   * What to ask for.
   *
   * @param interval how often
   * @throws IllegalStateException where the version is exact
   */
  public SourceRequest request(String namespace, Duration interval) {
    var version = version();
    return request(
        namespace,
        version.tag() != null
            ? new WantedVersion.Tag(version.tag())
            : new WantedVersion.Range(
                Objects.requireNonNull(version.semver(), "there is nothing to ask for")),
        interval);
  }

  /**
   * What to ask for another tag of the same repository.
   *
   * @param interval how often
   */
  public SourceRequest request(String namespace, String tag, Duration interval) {
    return request(namespace, new WantedVersion.Tag(tag), interval);
  }

  /** How often to ask. */
  public Duration interval() {
    var given = source.git() != null ? source.git().interval() : oci().interval();
    return given != null ? GoDuration.parse(given) : isGit() ? GIT_INTERVAL : OCI_INTERVAL;
  }

  /** The same source without what is no part of what runs: how often a server is asked. */
  public Source content() {
    var version = version();
    return with(version);
  }

  /**
   * As {@link #content}, at another version.
   *
   * @param tag null where there is none
   * @param revision null where it is not known
   */
  public Source at(@Nullable String tag, @Nullable String revision) {
    return with(new Version(tag, null, revision));
  }

  private Version version() {
    if (source.git() != null) {
      var version = source.git().version();
      return new Version(version.tag(), version.semver(), version.revision());
    }
    var version = oci().version();
    return new Version(version.tag(), version.semver(), version.digest());
  }

  private Source with(Version version) {
    var git = source.git();
    if (git != null) {
      return Source.git(
          new GitSource(
              git.url(),
              new GitVersion(version.tag(), version.revision(), version.semver()),
              git.secretRef(),
              git.proxySecretRef(),
              git.verify(),
              git.ignore(),
              git.recurseSubmodules(),
              git.sparseCheckout(),
              git.include(),
              null));
    }
    var oci = oci();
    return Source.oci(
        new OciSource(
            oci.url(),
            new OciVersion(version.tag(), version.semver(), version.revision()),
            oci.secretRef(),
            oci.certSecretRef(),
            oci.proxySecretRef(),
            oci.provider(),
            oci.insecure(),
            oci.serviceAccountName(),
            oci.layerSelector(),
            oci.verify(),
            oci.ignore(),
            null));
  }

  private SourceRequest request(String namespace, WantedVersion version, Duration interval) {
    return new SourceRequest(
        namespace,
        isGit() ? SourceRequest.Kind.GIT : SourceRequest.Kind.OCI,
        url(),
        version,
        secret(),
        proxySecret(),
        certSecret(),
        !isGit() && Boolean.TRUE.equals(oci().insecure()),
        interval);
  }

  private @Nullable String certSecret() {
    return isGit() ? null : name(oci().certSecretRef());
  }

  private OciSource oci() {
    return Objects.requireNonNull(source.oci(), "a source has git or oci");
  }

  private static @Nullable String name(@Nullable SecretRef secret) {
    return secret == null ? null : secret.name();
  }
}
