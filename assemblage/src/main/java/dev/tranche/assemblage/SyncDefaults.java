package dev.tranche.assemblage;

import dev.tranche.crd.flux.source.v1.OCIRepositorySpec;
import dev.tranche.crd.flux.source.v1.gitrepositoryspec.Verify;
import dev.tranche.crd.v1alpha1.GitSource;
import dev.tranche.crd.v1alpha1.HelmPackage;
import dev.tranche.crd.v1alpha1.HelmValuesFrom;
import dev.tranche.crd.v1alpha1.KustomizePackage;
import dev.tranche.crd.v1alpha1.OciSource;
import dev.tranche.crd.v1alpha1.SecretRef;
import dev.tranche.crd.v1alpha1.Source;
import dev.tranche.crd.v1alpha1.Sync;
import dev.tranche.crd.v1alpha1.SyncPackage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
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
   * The same sync with every default written out, and without what is no part of what runs: how
   * often a server is asked for a version. Filling in twice changes nothing.
   *
   * @return a sync whose package is never null, with its timeout, interval and retryInterval, and
   *     for kustomize its path, prune and force
   */
  public static Sync fill(Sync sync) {
    return new Sync(fill(sync.source()), fill(sync.syncPackage()), sync.bindings());
  }

  /**
   * The same sync, with variables or values of one more Secret. Its package must be filled in.
   *
   * @param keys those of the Secret, which for Helm are the paths of the values too
   */
  public static Sync withValuesFrom(Sync sync, String secret, Set<String> keys) {
    var helm = Objects.requireNonNull(sync.syncPackage()).helm();
    return helm == null
        ? withSubstituteFrom(sync, secret)
        : new Sync(
            sync.source(), SyncPackage.helm(withValuesFrom(helm, secret, keys)), sync.bindings());
  }

  private static HelmPackage withValuesFrom(HelmPackage given, String secret, Set<String> keys) {
    var valuesFrom = new ArrayList<>(given.valuesFrom());
    new TreeSet<>(keys)
        .forEach(key ->
            valuesFrom.add(
                new HelmValuesFrom(HelmValuesFrom.Kind.SECRET, secret, key, key, true, null)));
    return filled(given, valuesFrom);
  }

  private static Sync withSubstituteFrom(Sync sync, String secret) {
    var given = Objects.requireNonNull(Objects.requireNonNull(sync.syncPackage()).kustomize());
    var secrets = new ArrayList<>(given.substituteFrom());
    secrets.add(new SecretRef(secret));
    return new Sync(
        sync.source(),
        SyncPackage.kustomize(
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

  static Source fill(Source source) {
    return source.git() != null
        ? Source.git(fill(source.git()))
        : Source.oci(fill(Objects.requireNonNull(source.oci(), "a source has git or oci")));
  }

  /** Without the interval, which says nothing of the content. */
  private static OciSource fill(OciSource oci) {
    return new OciSource(
        oci.url(),
        oci.version(),
        oci.secretRef(),
        oci.certSecretRef(),
        oci.proxySecretRef(),
        oci.provider() == OCIRepositorySpec.Provider.GENERIC ? null : oci.provider(),
        Boolean.TRUE.equals(oci.insecure()) ? true : null,
        oci.serviceAccountName(),
        oci.layerSelector(),
        oci.verify(),
        oci.ignore(),
        null);
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
        git.include(),
        null);
  }

  static SyncPackage fill(@Nullable SyncPackage given) {
    if (given != null && given.helm() != null) {
      return SyncPackage.helm(fill(given.helm()));
    }
    return SyncPackage.kustomize(
        fill(given == null || given.kustomize() == null ? EMPTY : given.kustomize()));
  }

  private static HelmPackage fill(HelmPackage given) {
    return filled(given, given.valuesFrom());
  }

  private static HelmPackage filled(HelmPackage given, List<HelmValuesFrom> valuesFrom) {
    return new HelmPackage(
        given.chart(),
        given.valuesFiles(),
        given.releaseName(),
        given.targetNamespace(),
        given.storageNamespace(),
        given.values(),
        valuesFrom,
        given.install(),
        given.upgrade(),
        given.rollback(),
        given.uninstall(),
        given.test(),
        given.driftDetection(),
        given.postRenderers(),
        given.healthCheckExprs(),
        Objects.requireNonNullElse(given.timeout(), "5m"),
        Objects.requireNonNullElse(given.interval(), "1h"),
        Objects.requireNonNullElse(given.retryInterval(), "30s"),
        given.serviceAccountName(),
        Objects.requireNonNullElse(given.maxHistory(), 5L));
  }

  private static KustomizePackage fill(KustomizePackage given) {
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
