package dev.tranche.assemblage;

import dev.tranche.crd.flux.helm.v2.HelmRelease;
import dev.tranche.crd.flux.helm.v2.helmreleasespec.ValuesFrom;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.kustomize.v1.KustomizationSpec;
import dev.tranche.crd.flux.kustomize.v1.kustomizationspec.postbuild.SubstituteFrom;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The object by which Flux applies a sync. */
public sealed interface Applier {

  /** For a package with kustomize. */
  record Kustomized(Kustomization object) implements Applier {}

  /** For a package with Helm. */
  record Released(HelmRelease object) implements Applier {}

  /** The object itself, not to be modified. */
  HasMetadata object();

  /** Its metadata. */
  default ObjectMeta metadata() {
    return object().getMetadata();
  }

  /** What becomes of what it applied, as it is marked; empty means Prune. */
  default Optional<DeletionPolicy> deletionPolicy() {
    var annotations = metadata().getAnnotations();
    return annotations != null
            && Expansion.ORPHAN.equals(annotations.get(Expansion.DELETION_POLICY))
        ? Optional.of(DeletionPolicy.ORPHAN)
        : Optional.empty();
  }

  /** The name of the source object that it refers to; empty where it names none. */
  default Optional<String> source() {
    return switch (this) {
      case Kustomized(var kustomization) ->
          Optional.ofNullable(kustomization.getSpec().getSourceRef()).map(ref -> ref.getName());
      case Released(var release) ->
          Optional.ofNullable(release.getSpec().getChartRef()).map(ref -> ref.getName());
    };
  }

  /** The Secret with the kubeconfig that Flux uses; empty where it uses its own cluster. */
  default Optional<String> kubeconfigSecret() {
    return switch (this) {
      case Kustomized(var kustomization) -> {
        var kubeConfig = kustomization.getSpec().getKubeConfig();
        yield kubeConfig == null
            ? Optional.empty()
            : Optional.of(
                kubeConfig.getSecretRef() == null ? "" : kubeConfig.getSecretRef().getName());
      }
      case Released(var release) -> {
        var kubeConfig = release.getSpec().getKubeConfig();
        yield kubeConfig == null
            ? Optional.empty()
            : Optional.of(
                kubeConfig.getSecretRef() == null ? "" : kubeConfig.getSecretRef().getName());
      }
    };
  }

  /** The names of the Secrets that it takes variables or values from. */
  default Stream<String> secretsWithValues() {
    return switch (this) {
      case Kustomized(var kustomization) ->
          Optional.ofNullable(kustomization.getSpec().getPostBuild()).stream()
              .flatMap(postBuild -> orEmpty(postBuild.getSubstituteFrom()))
              .map(SubstituteFrom::getName);
      case Released(var release) ->
          orEmpty(release.getSpec().getValuesFrom())
              .filter(from -> from.getKind() == ValuesFrom.Kind.SECRET)
              .map(ValuesFrom::getName);
    };
  }

  /** The same one, such that Flux neither applies nor removes anything; modifies this one. */
  default Applier suspended() {
    switch (this) {
      case Kustomized(var kustomization) -> {
        kustomization.getSpec().setSuspend(true);
        kustomization.getSpec().setDeletionPolicy(KustomizationSpec.DeletionPolicy.ORPHAN);
      }
      case Released(var release) -> release.getSpec().setSuspend(true);
    }
    return this;
  }

  private static <T> Stream<T> orEmpty(@Nullable List<T> list) {
    return list == null ? Stream.of() : list.stream();
  }
}
