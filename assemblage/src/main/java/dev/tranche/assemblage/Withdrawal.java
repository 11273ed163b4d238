package dev.tranche.assemblage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tranche.assemblage.Applier.Kustomized;
import dev.tranche.assemblage.Applier.Released;
import dev.tranche.crd.flux.kustomize.v1.KustomizationSpec;
import dev.tranche.crd.flux.kustomize.v1.KustomizationSpec.DeletionPolicy;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What to do with an applier that nobody wants any more. */
public sealed interface Withdrawal {

  /**
   * Delete it such that Flux removes from the cluster what it applied there.
   *
   * @param patch a JSON merge patch to make first; empty where the object is right already
   */
  record Prune(JsonNode patch) implements Withdrawal {}

  /**
   * Delete it such that what runs in the cluster stays.
   *
   * @param patch a JSON merge patch to make first; empty where the object is right already
   */
  record Orphan(JsonNode patch) implements Withdrawal {}

  /**
   * It is being deleted and Flux cannot reach the cluster: make Flux let go of it.
   *
   * @param patch a JSON merge patch, never empty
   */
  record Release(JsonNode patch) implements Withdrawal {}

  /**
   * It is being deleted; nothing to do but to look again when it changes.
   *
   * @param message what is waited for
   */
  record Wait(String message) implements Withdrawal {}

  /**
   * What is known of the cluster of an applier.
   *
   * @param reachable whether Flux has what it needs to reach it, such as the kubeconfig
   * @param deleting whether its Cluster is being deleted or gone
   */
  record ClusterFacts(boolean reachable, boolean deleting) {
    boolean canPrune() {
      return reachable && !deleting;
    }
  }

  /**
   * Decides.
   *
   * @param target the assemblage that the applier was made for
   * @param applier as it is now; whether something wants it is not asked
   */
  static Withdrawal of(Target target, Applier applier, ClusterFacts cluster) {
    if (applier.metadata().getDeletionTimestamp() == null) {
      return cluster.canPrune() && applier.deletionPolicy().isEmpty()
          ? new Prune(pruningPatch(target, applier))
          : new Orphan(orphaningPatch(applier));
    }
    // One that is being deleted without pruning stays so: it may belong to a cluster of the same
    // name that is gone.
    if (!prunes(applier)) {
      return new Wait(
          "Flux is letting go of the %s without removing what it applied"
              .formatted(applier.object().getKind()));
    }
    return cluster.canPrune() ? new Wait(pruning(applier)) : new Release(orphaningPatch(applier));
  }

  private static boolean prunes(Applier applier) {
    return switch (applier) {
      case Kustomized(var kustomization) -> prunes(kustomization.getSpec());
      // Flux uninstalls nothing for a suspended HelmRelease, which has no policy.
      case Released(var release) -> !Boolean.TRUE.equals(release.getSpec().getSuspend());
    };
  }

  private static boolean prunes(KustomizationSpec spec) {
    // Flux removes nothing for a suspended Kustomization, whatever its policy.
    return !Boolean.TRUE.equals(spec.getSuspend())
        && spec.getDeletionPolicy() != DeletionPolicy.ORPHAN
        && (!mirrorsPrune(spec.getDeletionPolicy()) || Boolean.TRUE.equals(spec.getPrune()));
  }

  private static boolean mirrorsPrune(@Nullable DeletionPolicy policy) {
    return policy == null || policy == DeletionPolicy.MIRRORPRUNE;
  }

  private static JsonNode pruningPatch(Target target, Applier applier) {
    var wanted = object().put("suspend", false);
    if (applier instanceof Kustomized) {
      wanted.put("deletionPolicy", "MirrorPrune");
    }
    // A kubeConfig that was edited by hand would make Flux prune somewhere else.
    var actual = Json.tree(applier.object()).path("spec").path("kubeConfig");
    if (target.kubeconfigRef() != null) {
      ObjectNode kubeConfig =
          Json.tree(KustomizationExpansion.kubeConfig(target.kubeconfigRef())).deepCopy();
      if (actual.hasNonNull("configMapRef")) {
        kubeConfig.putNull("configMapRef");
      }
      wanted.set("kubeConfig", kubeConfig);
    } else if (actual.isObject()) {
      wanted.putNull("kubeConfig");
    }
    return patch(wanted, applier);
  }

  private static JsonNode orphaningPatch(Applier applier) {
    return patch(
        switch (applier) {
          case Kustomized _ -> object().put("deletionPolicy", "Orphan");
          case Released _ -> object().put("suspend", true);
        },
        applier);
  }

  private static JsonNode patch(ObjectNode wanted, Applier applier) {
    var spec = Json.tree(applier.object()).path("spec");
    var changes = object();
    for (var field : wanted.properties()) {
      var drift = Drift.between(field.getValue(), spec.path(field.getKey()));
      if (drift.any()) {
        changes.set(field.getKey(), field.getValue());
      }
    }
    return changes.isEmpty() ? changes : object().set("spec", changes);
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static String pruning(Applier applier) {
    return conditions(applier).stream()
        .filter(c -> "Ready".equals(c.getType()) && "False".equals(c.getStatus()))
        .map(c -> "Flux is removing what it applied; it last said: " + c.getMessage())
        .findFirst()
        .orElse("Flux is removing what it applied");
  }

  private static List<Condition> conditions(Applier applier) {
    @Nullable List<Condition> conditions =
        switch (applier) {
          case Kustomized(var kustomization) ->
              kustomization.getStatus() == null ? null : kustomization.getStatus().getConditions();
          case Released(var release) ->
              release.getStatus() == null ? null : release.getStatus().getConditions();
        };
    return conditions == null ? List.of() : conditions;
  }
}
