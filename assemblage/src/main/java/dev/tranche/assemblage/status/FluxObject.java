package dev.tranche.assemblage.status;

import dev.tranche.crd.flux.helm.v2.HelmRelease;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.flux.source.v1.HelmChart;
import dev.tranche.crd.flux.source.v1.OCIRepository;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One version of a Flux object: what its controller said, and of which generation.
 *
 * @param observedGeneration null where the controller said nothing yet
 */
record FluxObject(
    HasMetadata object,
    long generation,
    @Nullable Long observedGeneration,
    List<Condition> conditions) {

  static FluxObject of(HasMetadata object) {
    return switch (object) {
      case GitRepository repository -> {
        var status = repository.getStatus();
        yield status == null
            ? of(object, null, null)
            : of(object, status.getObservedGeneration(), status.getConditions());
      }
      case OCIRepository repository -> {
        var status = repository.getStatus();
        yield status == null
            ? of(object, null, null)
            : of(object, status.getObservedGeneration(), status.getConditions());
      }
      case HelmChart chart -> {
        var status = chart.getStatus();
        yield status == null
            ? of(object, null, null)
            : of(object, status.getObservedGeneration(), status.getConditions());
      }
      case Kustomization kustomization -> {
        var status = kustomization.getStatus();
        yield status == null
            ? of(object, null, null)
            : of(object, status.getObservedGeneration(), status.getConditions());
      }
      case HelmRelease release -> {
        var status = release.getStatus();
        yield status == null
            ? of(object, null, null)
            : of(object, status.getObservedGeneration(), status.getConditions());
      }
      default -> throw new IllegalArgumentException(object.getKind() + " is none of Flux's kinds");
    };
  }

  private static FluxObject of(
      HasMetadata object, @Nullable Long observedGeneration, @Nullable List<Condition> conditions) {
    var generation = object.getMetadata().getGeneration();
    return new FluxObject(
        object,
        generation == null ? 0 : generation,
        observedGeneration,
        conditions == null ? List.of() : conditions);
  }

  /** What people call it. */
  String kind() {
    return object.getKind();
  }

  boolean isTerminating() {
    return object.getMetadata().getDeletionTimestamp() != null;
  }

  /** Whether its controller finished with this generation, which Flux notes when it succeeds. */
  boolean isObserved() {
    return Objects.equals(observedGeneration, generation);
  }

  /**
   * What a condition says of this generation.
   *
   * @return null where there is no such condition, or it speaks of another generation
   */
  @Nullable Condition current(String type) {
    var condition = Conditions.find(conditions, type);
    return condition != null && Objects.equals(condition.getObservedGeneration(), generation)
        ? condition
        : null;
  }

  /** Whether a condition says this of this generation. */
  boolean says(String type, String status) {
    var condition = current(type);
    return condition != null && status.equals(condition.getStatus());
  }

  /** Whether a condition is true, of whatever generation. */
  boolean has(String type) {
    var condition = Conditions.find(conditions, type);
    return condition != null && "True".equals(condition.getStatus());
  }

  /** Ready=True of this generation, and nothing that speaks against it. */
  boolean isReady() {
    return isObserved()
        && says(Conditions.READY, "True")
        && !has(Conditions.RECONCILING)
        && !has(Conditions.STALLED);
  }
}
