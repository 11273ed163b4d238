package dev.tranche.assemblage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.kustomize.v1.KustomizationSpec.DeletionPolicy;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What to do with a Kustomization that nobody wants any more. */
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
   * What is known of the cluster of a Kustomization.
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
   * @param target the assemblage that the Kustomization was made for
   * @param kustomization as it is now; whether something wants it is not asked
   */
  static Withdrawal of(Target target, Kustomization kustomization, ClusterFacts cluster) {
    if (kustomization.getMetadata().getDeletionTimestamp() == null) {
      return cluster.canPrune() && Expansion.deletionPolicy(kustomization).isEmpty()
          ? new Prune(pruningPatch(target, kustomization))
          : new Orphan(orphaningPatch(kustomization));
    }
    // One that is being deleted without pruning stays so: it may belong to a cluster of the same
    // name that is gone.
    if (!prunes(kustomization)) {
      return new Wait("Flux is letting go of the Kustomization without removing what it applied");
    }
    return cluster.canPrune()
        ? new Wait(pruning(kustomization))
        : new Release(orphaningPatch(kustomization));
  }

  private static boolean prunes(Kustomization kustomization) {
    var spec = kustomization.getSpec();
    // Flux removes nothing for a suspended Kustomization, whatever its policy.
    return !Boolean.TRUE.equals(spec.getSuspend())
        && spec.getDeletionPolicy() != DeletionPolicy.ORPHAN
        && (!mirrorsPrune(spec.getDeletionPolicy()) || Boolean.TRUE.equals(spec.getPrune()));
  }

  private static boolean mirrorsPrune(@Nullable DeletionPolicy policy) {
    return policy == null || policy == DeletionPolicy.MIRRORPRUNE;
  }

  private static JsonNode pruningPatch(Target target, Kustomization kustomization) {
    var wanted = object().put("suspend", false).put("deletionPolicy", "MirrorPrune");
    // A kubeConfig that was edited by hand would make Flux prune somewhere else.
    var actual = kustomization.getSpec().getKubeConfig();
    if (target.kubeconfigRef() != null) {
      ObjectNode kubeConfig = Json.tree(Expansion.kubeConfig(target.kubeconfigRef())).deepCopy();
      if (actual != null && actual.getConfigMapRef() != null) {
        kubeConfig.putNull("configMapRef");
      }
      wanted.set("kubeConfig", kubeConfig);
    } else if (actual != null) {
      wanted.putNull("kubeConfig");
    }
    return patch(wanted, kustomization);
  }

  private static JsonNode orphaningPatch(Kustomization kustomization) {
    return patch(object().put("deletionPolicy", "Orphan"), kustomization);
  }

  private static JsonNode patch(ObjectNode wanted, Kustomization kustomization) {
    var spec = Json.tree(kustomization).path("spec");
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

  private static String pruning(Kustomization kustomization) {
    var status = kustomization.getStatus();
    List<Condition> conditions =
        status == null || status.getConditions() == null ? List.of() : status.getConditions();
    return conditions.stream()
        .filter(c -> "Ready".equals(c.getType()) && "False".equals(c.getStatus()))
        .map(c -> "Flux is removing what it applied; it last said: " + c.getMessage())
        .findFirst()
        .orElse("Flux is removing what it applied");
  }
}
