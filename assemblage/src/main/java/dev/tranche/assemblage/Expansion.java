package dev.tranche.assemblage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.kustomize.v1.KustomizationSpec;
import dev.tranche.crd.flux.kustomize.v1.kustomizationspec.KubeConfig;
import dev.tranche.crd.flux.kustomize.v1.kustomizationspec.PostBuild;
import dev.tranche.crd.flux.kustomize.v1.kustomizationspec.SourceRef;
import dev.tranche.crd.flux.kustomize.v1.kustomizationspec.postbuild.SubstituteFrom;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.flux.source.v1.GitRepositorySpec;
import dev.tranche.crd.flux.source.v1.gitrepositoryspec.ProxySecretRef;
import dev.tranche.crd.flux.source.v1.gitrepositoryspec.Ref;
import dev.tranche.crd.flux.source.v1.gitrepositoryspec.SecretRef;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.GitSource;
import dev.tranche.crd.v1alpha1.GitVersion;
import dev.tranche.crd.v1alpha1.KubeconfigRef;
import dev.tranche.crd.v1alpha1.KustomizePackage;
import dev.tranche.crd.v1alpha1.Source;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.crd.v1alpha1.SyncPackage;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a sync becomes in Flux: one GitRepository and one Kustomization.
 *
 * <p>Every field that Flux's schema has a default for is written out, so that what the API server
 * stores is what was written.
 */
public final class Expansion {
  /** The label of everything that is made here; its value is {@value #MANAGER}. */
  public static final String MANAGED_BY = "app.kubernetes.io/managed-by";

  /** The value of {@link #MANAGED_BY}. */
  public static final String MANAGER = "tranche";

  /**
   * On a Kustomization, the label with {@link #assemblageLabel} of its assemblage, and the
   * annotation with the full name of it.
   */
  public static final String ASSEMBLAGE = "fleet.tranche.dev/assemblage";

  /** On a Kustomization, the annotation with the origin of its sync. */
  public static final String ORIGIN = "fleet.tranche.dev/origin";

  /** On a Kustomization, the annotation with the name of its sync. */
  public static final String SYNC = "fleet.tranche.dev/sync";

  /** On a Kustomization, the annotation that says Orphan where its withdrawal removes nothing. */
  public static final String DELETION_POLICY = "fleet.tranche.dev/deletion-policy";

  private static final String ORPHAN = "Orphan";

  private static final String SOURCE_INTERVAL = "1h";
  private static final String SOURCE_TIMEOUT = "60s";
  private static final int SHORT_COMMIT = 12;

  private Expansion() {}

  /**
   * Expands one sync of an assemblage.
   *
   * @param sync with its bindings replaced; its defaults need not be filled in
   * @throws IllegalArgumentException if the sync's version has neither a tag nor a revision, which
   *     its schema forbids
   */
  public static ExpandedSync of(Target target, AssignedSync sync) {
    return new ExpandedSync(
        sync.key(),
        sync.revision(),
        gitRepository(target.namespace(), git(sync.source())),
        kustomization(target, sync));
  }

  /**
   * The name of the Kustomization of a sync: a DNS label that is short enough for a label value,
   * and another one for every assemblage, origin and name.
   */
  public static String kustomizationName(Target target, SyncKey key) {
    // A cluster may be a hub too, with both kinds of assemblage of one name beside each other.
    var hash =
        target.kubeconfigRef() == null
            ? Names.hash(target.assemblage(), key.origin(), key.name(), "here")
            : Names.hash(target.assemblage(), key.origin(), key.name());
    return Names.label(target.assemblage(), key.name(), hash);
  }

  /** What becomes of what a Kustomization applied, as it is marked; empty means Prune. */
  public static Optional<DeletionPolicy> deletionPolicy(Kustomization kustomization) {
    var annotations = kustomization.getMetadata().getAnnotations();
    return annotations != null && ORPHAN.equals(annotations.get(DELETION_POLICY))
        ? Optional.of(DeletionPolicy.ORPHAN)
        : Optional.empty();
  }

  /**
   * The JSON merge patch that marks a Kustomization so.
   *
   * @param policy null means Prune
   */
  public static JsonNode deletionPolicyPatch(@Nullable DeletionPolicy policy) {
    var patch = JsonNodeFactory.instance.objectNode();
    patch
        .putObject("metadata")
        .putObject("annotations")
        .put(DELETION_POLICY, policy == DeletionPolicy.ORPHAN ? ORPHAN : null);
    return patch;
  }

  /**
   * The name of the GitRepository of a source: the same one for all sources that mean the same, and
   * another one for all others, so that an old and a new version stand beside each other.
   *
   * @throws IllegalArgumentException if its version has neither a tag nor a revision
   */
  public static String sourceName(Source source) {
    var git = git(source);
    return Names.subdomain(
        repositoryName(git.url()), shortVersion(git.version()), Names.hash(Json.canonical(git)));
  }

  /** The value of the label {@link #ASSEMBLAGE} for an assemblage of this name. */
  public static String assemblageLabel(String assemblage) {
    return Names.labelValue(assemblage);
  }

  private static GitRepository gitRepository(String namespace, GitSource git) {
    var spec = new GitRepositorySpec();
    spec.setUrl(git.url());
    spec.setRef(ref(git.version()));
    spec.setInterval(SOURCE_INTERVAL);
    spec.setTimeout(SOURCE_TIMEOUT);
    spec.setSuspend(false);
    if (git.secretRef() != null) {
      var secretRef = new SecretRef();
      secretRef.setName(git.secretRef().name());
      spec.setSecretRef(secretRef);
    }
    if (git.proxySecretRef() != null) {
      var secretRef = new ProxySecretRef();
      secretRef.setName(git.proxySecretRef().name());
      spec.setProxySecretRef(secretRef);
    }
    spec.setVerify(git.verify());
    spec.setIgnore(git.ignore());
    spec.setRecurseSubmodules(git.recurseSubmodules());
    spec.setSparseCheckout(nullIfEmpty(git.sparseCheckout()));
    spec.setInclude(nullIfEmpty(git.include()));

    var repository = new GitRepository();
    repository.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(namespace)
            .withName(sourceName(Source.git(git)))
            .addToLabels(MANAGED_BY, MANAGER)
            .build());
    repository.setSpec(spec);
    repository.setStatus(null);
    return repository;
  }

  private static Kustomization kustomization(Target target, AssignedSync sync) {
    var kustomize = kustomize(SyncDefaults.fill(sync.syncPackage()));
    var spec = new KustomizationSpec();
    spec.setSourceRef(sourceRef(git(sync.source())));
    if (target.kubeconfigRef() != null) {
      spec.setKubeConfig(kubeConfig(target.kubeconfigRef()));
    }
    spec.setPath(kustomize.path());
    spec.setPrune(kustomize.prune());
    spec.setForce(kustomize.force());
    spec.setSuspend(false);
    spec.setInterval(kustomize.interval());
    spec.setRetryInterval(kustomize.retryInterval());
    spec.setTimeout(kustomize.timeout());
    // With wait Flux ignores healthChecks.
    spec.setWait(kustomize.healthChecks().isEmpty());
    spec.setHealthChecks(nullIfEmpty(kustomize.healthChecks()));
    spec.setHealthCheckExprs(nullIfEmpty(kustomize.healthCheckExprs()));
    // Only a withdrawal prunes: a Kustomization that goes by accident, with its namespace or by
    // hand, must not uninstall anything.
    spec.setDeletionPolicy(KustomizationSpec.DeletionPolicy.ORPHAN);
    spec.setTargetNamespace(kustomize.targetNamespace());
    spec.setServiceAccountName(kustomize.serviceAccountName());
    spec.setPatches(nullIfEmpty(kustomize.patches()));
    spec.setImages(nullIfEmpty(kustomize.images()));
    spec.setComponents(nullIfEmpty(kustomize.components()));
    spec.setDecryption(kustomize.decryption());
    spec.setPostBuild(postBuild(kustomize));

    var kustomization = new Kustomization();
    kustomization.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(target.namespace())
            .withName(kustomizationName(target, sync.key()))
            .addToLabels(MANAGED_BY, MANAGER)
            .addToLabels(ASSEMBLAGE, assemblageLabel(target.assemblage()))
            .withAnnotations(
                Map.of(ASSEMBLAGE, target.assemblage(), ORIGIN, sync.origin(), SYNC, sync.name()))
            .build());
    if (sync.deletionPolicy() == DeletionPolicy.ORPHAN) {
      kustomization.getMetadata().getAnnotations().put(DELETION_POLICY, ORPHAN);
    }
    kustomization.setSpec(spec);
    kustomization.setStatus(null);
    return kustomization;
  }

  private static @Nullable PostBuild postBuild(KustomizePackage kustomize) {
    if (kustomize.substitute().isEmpty() && kustomize.substituteFrom().isEmpty()) {
      return null;
    }
    var postBuild = new PostBuild();
    if (!kustomize.substitute().isEmpty()) {
      postBuild.setSubstitute(kustomize.substitute());
    }
    postBuild.setSubstituteFrom(
        nullIfEmpty(
            kustomize.substituteFrom().stream()
                .map(secret -> {
                  var from = new SubstituteFrom();
                  from.setKind(SubstituteFrom.Kind.SECRET);
                  from.setName(secret.name());
                  from.setOptional(false);
                  return from;
                })
                .toList()));
    return postBuild;
  }

  private static SourceRef sourceRef(GitSource git) {
    var ref = new SourceRef();
    ref.setKind(SourceRef.Kind.GITREPOSITORY);
    ref.setName(sourceName(Source.git(git)));
    return ref;
  }

  static KubeConfig kubeConfig(KubeconfigRef ref) {
    var secretRef = new dev.tranche.crd.flux.kustomize.v1.kustomizationspec.kubeconfig.SecretRef();
    secretRef.setName(ref.name());
    secretRef.setKey(ref.keyOrDefault());
    var kubeConfig = new KubeConfig();
    kubeConfig.setSecretRef(secretRef);
    return kubeConfig;
  }

  private static GitSource git(Source source) {
    if (source.git() == null) {
      throw new IllegalArgumentException("an OCI source cannot be expanded");
    }
    return SyncDefaults.fill(source.git());
  }

  private static KustomizePackage kustomize(SyncPackage syncPackage) {
    if (syncPackage.kustomize() == null) {
      throw new IllegalArgumentException("a Helm package cannot be expanded");
    }
    return syncPackage.kustomize();
  }

  private static Ref ref(GitVersion version) {
    var ref = new Ref();
    ref.setTag(version.tag());
    ref.setCommit(version.revision());
    return ref;
  }

  private static String shortVersion(GitVersion version) {
    if (version.tag() != null) {
      return version.tag();
    }
    if (version.revision() == null) {
      throw new IllegalArgumentException("a version has a tag or a revision, this one has neither");
    }
    return version.revision().substring(0, Math.min(SHORT_COMMIT, version.revision().length()));
  }

  private static String repositoryName(String url) {
    String path = url.replaceFirst("[?#].*$", "").replaceFirst("/+$", "");
    return path.substring(path.lastIndexOf('/') + 1).replaceFirst("\\.git$", "");
  }

  private static <T> @Nullable List<T> nullIfEmpty(List<T> list) {
    return list.isEmpty() ? null : list;
  }
}
