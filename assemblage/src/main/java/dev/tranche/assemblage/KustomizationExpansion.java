package dev.tranche.assemblage;

import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.kustomize.v1.KustomizationSpec;
import dev.tranche.crd.flux.kustomize.v1.kustomizationspec.KubeConfig;
import dev.tranche.crd.flux.kustomize.v1.kustomizationspec.PostBuild;
import dev.tranche.crd.flux.kustomize.v1.kustomizationspec.SourceRef;
import dev.tranche.crd.flux.kustomize.v1.kustomizationspec.kubeconfig.SecretRef;
import dev.tranche.crd.flux.kustomize.v1.kustomizationspec.postbuild.SubstituteFrom;
import dev.tranche.crd.flux.source.v1.OCIRepository;
import dev.tranche.crd.v1alpha1.KubeconfigRef;
import dev.tranche.crd.v1alpha1.KustomizePackage;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import org.jspecify.annotations.Nullable;

/** A package with kustomize as a Kustomization. */
final class KustomizationExpansion {
  private KustomizationExpansion() {}

  /**
   * Expands.
   *
   * @param kustomize with its defaults filled in
   * @param source what holds the manifests
   */
  static Kustomization of(
      Target target, ObjectMeta metadata, KustomizePackage kustomize, HasMetadata source) {
    var spec = new KustomizationSpec();
    spec.setSourceRef(sourceRef(source));
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
    spec.setHealthChecks(Lists.nullIfEmpty(kustomize.healthChecks()));
    spec.setHealthCheckExprs(Lists.nullIfEmpty(kustomize.healthCheckExprs()));
    // Only a withdrawal prunes: a Kustomization that goes by accident, with its namespace or by
    // hand, must not uninstall anything.
    spec.setDeletionPolicy(KustomizationSpec.DeletionPolicy.ORPHAN);
    spec.setTargetNamespace(kustomize.targetNamespace());
    spec.setServiceAccountName(kustomize.serviceAccountName());
    spec.setPatches(Lists.nullIfEmpty(kustomize.patches()));
    spec.setImages(Lists.nullIfEmpty(kustomize.images()));
    spec.setComponents(Lists.nullIfEmpty(kustomize.components()));
    spec.setDecryption(kustomize.decryption());
    spec.setPostBuild(postBuild(kustomize));

    var kustomization = new Kustomization();
    kustomization.setMetadata(metadata);
    kustomization.setSpec(spec);
    kustomization.setStatus(null);
    return kustomization;
  }

  static KubeConfig kubeConfig(KubeconfigRef ref) {
    var secretRef = new SecretRef();
    secretRef.setName(ref.name());
    secretRef.setKey(ref.keyOrDefault());
    var kubeConfig = new KubeConfig();
    kubeConfig.setSecretRef(secretRef);
    return kubeConfig;
  }

  private static SourceRef sourceRef(HasMetadata source) {
    var ref = new SourceRef();
    ref.setKind(
        source instanceof OCIRepository
            ? SourceRef.Kind.OCIREPOSITORY
            : SourceRef.Kind.GITREPOSITORY);
    ref.setName(source.getMetadata().getName());
    return ref;
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
        Lists.nullIfEmpty(
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
}
