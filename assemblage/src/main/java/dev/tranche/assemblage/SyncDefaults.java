package dev.tranche.assemblage;

import dev.tranche.crd.flux.source.v1.gitrepositoryspec.Verify;
import dev.tranche.crd.v1alpha1.GitSource;
import dev.tranche.crd.v1alpha1.KustomizePackage;
import dev.tranche.crd.v1alpha1.SecretRef;
import dev.tranche.crd.v1alpha1.Source;
import dev.tranche.crd.v1alpha1.Sync;
import dev.tranche.crd.v1alpha1.SyncPackage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The defaults of a sync, which are those of its schema: an object that the API server returns has
 * them already, one that is made here has not.
 */
public final class SyncDefaults {
  private static final KustomizePackage EMPTY =
      new KustomizePackage(
          null, Map.of(), List.of(), null, List.of(), List.of(), List.of(), List.of(), List.of(),
          null, null, null, null, null, null, null);

  private SyncDefaults() {}

  /**
   * The same sync with every default written out; filling in twice changes nothing.
   *
   * @return a sync whose package, path, timeout, interval, retryInterval, prune and force are never
   *     null
   */
  public static Sync fill(Sync sync) {
    return new Sync(
        new Source(fill(sync.source().git())),
        new SyncPackage(fill(sync.syncPackage())),
        sync.bindings());
  }

  /** The same sync, with variables of one more Secret. Its package must be filled in. */
  public static Sync withSubstituteFrom(Sync sync, String secret) {
    var given = Objects.requireNonNull(sync.syncPackage()).kustomize();
    var secrets = new ArrayList<>(given.substituteFrom());
    secrets.add(new SecretRef(secret));
    return new Sync(
        sync.source(),
        new SyncPackage(
            new KustomizePackage(
                given.path(),
                given.substitute(),
                secrets,
                given.targetNamespace(),
                given.patches(),
                given.images(),
                given.components(),
                given.healthChecks(),
                given.healthCheckExprs(),
                given.timeout(),
                given.interval(),
                given.retryInterval(),
                given.serviceAccountName(),
                given.prune(),
                given.force(),
                given.decryption())),
        sync.bindings());
  }

  static GitSource fill(GitSource git) {
    return new GitSource(
        git.url(),
        git.version(),
        git.secretRef(),
        git.proxySecretRef(),
        fill(git.verify()),
        git.ignore(),
        Boolean.TRUE.equals(git.recurseSubmodules()) ? true : null,
        git.sparseCheckout(),
        git.include());
  }

  static KustomizePackage fill(@Nullable SyncPackage syncPackage) {
    var given = syncPackage == null ? EMPTY : syncPackage.kustomize();
    return new KustomizePackage(
        Objects.requireNonNullElse(given.path(), "."),
        given.substitute(),
        given.substituteFrom(),
        given.targetNamespace(),
        given.patches(),
        given.images(),
        given.components(),
        given.healthChecks(),
        given.healthCheckExprs(),
        Objects.requireNonNullElse(given.timeout(), "5m"),
        Objects.requireNonNullElse(given.interval(), "1h"),
        Objects.requireNonNullElse(given.retryInterval(), "30s"),
        given.serviceAccountName(),
        Objects.requireNonNullElse(given.prune(), true),
        Objects.requireNonNullElse(given.force(), false),
        given.decryption());
  }

  private static @Nullable Verify fill(@Nullable Verify given) {
    if (given == null || given.getMode() != null) {
      return given;
    }
    var verify = new Verify();
    verify.setMode(Verify.Mode._HEAD);
    verify.setSecretRef(given.getSecretRef());
    return verify;
  }
}
