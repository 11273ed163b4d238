package dev.tranche.controlplane.module;

import dev.tranche.assemblage.status.Sentences;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.rollout.ClusterPlan;
import dev.tranche.rollout.ClusterState;
import dev.tranche.rollout.Outlook.Phase;
import dev.tranche.rollout.Reason;
import dev.tranche.rollout.ReasonCode;
import dev.tranche.rollout.RolloutPlan;
import dev.tranche.rollout.StagePlan;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether a module is Ready, and the sentence that says why.
 *
 * @param underway whether it goes on by itself
 * @param reason a stable word
 */
record Readiness(boolean status, boolean underway, String reason, String message) {
  /** A rollout that stands still for a good reason, with all that was begun done. */
  private static final Set<Phase> WAITING =
      EnumSet.of(
          Phase.SOAKING, Phase.AWAITING_APPROVAL, Phase.AWAITING_CHECK, Phase.OUTSIDE_WINDOW);

  Readiness {
    message = Sentences.bounded(message);
  }

  /**
   * Whether a module of which this is planned is Ready.
   *
   * @param source what is known of what it declares
   * @param problem what only an edit of the module puts right; null where there is nothing
   */
  static Readiness of(
      FleetModule module, SourceReport source, RolloutPlan plan, @Nullable Reason problem) {
    if (problem != null) {
      return new Readiness(false, false, problem.code(), problem.message());
    }
    var counts = ClusterCounts.of(plan);
    var content = Objects.requireNonNull(source.content());
    var unknown = source.unknown();
    if (unknown != null) {
      return new Readiness(
          false,
          true,
          unknown.code(),
          "%s cannot be assigned yet: %s; meanwhile %s"
              .formatted(source.version(), unknown.message(), counts.at(content.version())));
    }
    return of(module, content.version(), plan, counts);
  }

  private static Readiness of(
      FleetModule module, String version, RolloutPlan plan, ClusterCounts counts) {
    if (counts.total() == 0) {
      return new Readiness(
          true,
          false,
          "NoClustersSelected",
          module.getSpec().selector() == null
              ? "there is no selector, which selects no cluster"
              : "the selector matches no Cluster in namespace "
                  + module.getMetadata().getNamespace());
    }
    var phase = Phases.of(plan.outlook().phase());
    if (phase.stalled() || plan.outlook().phase() == Phase.ROLLING_BACK) {
      return new Readiness(
          false,
          phase.progressing(),
          phase.reason(),
          "%s; %s".formatted(plan.outlook().message(), counts.at(version)));
    }
    var failed = in(plan, ClusterState.FAILED);
    if (!failed.isEmpty()) {
      var reasons = failed.stream().map(cluster -> cluster.reason().code()).distinct().toList();
      var first = failed.getFirst();
      return new Readiness(
          false,
          counts.of(ClusterState.PROGRESSING) + counts.of(ClusterState.PENDING) > 0,
          reasons.size() == 1 ? reasons.getFirst() : "ClustersFailed",
          "%s of %s failed on %s; %s: %s"
              .formatted(
                  failed.size(),
                  ClusterCounts.clusters(counts.total()),
                  version,
                  first.cluster(),
                  first.reason().message()));
    }
    if (WAITING.contains(plan.outlook().phase())) {
      return new Readiness(
          false,
          true,
          phase.reason(),
          "%s; %s".formatted(plan.outlook().message(), counts.at(version)));
    }
    int underway = counts.of(ClusterState.PENDING) + counts.of(ClusterState.PROGRESSING);
    if (underway > 0) {
      var handingOver =
          plan.clusters().stream()
              .filter(Handover::isUnderway)
              .findFirst()
              .map(cluster -> "; %s: %s".formatted(cluster.cluster(), cluster.reason().message()))
              .orElse("");
      return new Readiness(
          false, true, "RollingOut", rollingOut(plan, version, counts) + handingOver);
    }
    // A pin is what somebody declared, too.
    var held =
        in(plan, ClusterState.HELD).stream()
            .filter(cluster -> !cluster.reason().code().equals(ReasonCode.PINNED.word()))
            .toList();
    if (!held.isEmpty()) {
      boolean suspended = module.getSpec().suspended();
      return new Readiness(
          false,
          !suspended,
          held.getFirst().reason().code(),
          suspended
              ? "suspended; " + counts.at(version)
              : "%s; %s: %s"
                  .formatted(
                      counts.at(version),
                      held.getFirst().cluster(),
                      held.getFirst().reason().message()));
    }
    if (counts.of(ClusterState.NOT_READY) == counts.total()) {
      var first = in(plan, ClusterState.NOT_READY).getFirst();
      return new Readiness(
          false,
          true,
          "NoClusterReady",
          "none of %s can take part yet; %s: %s"
              .formatted(
                  ClusterCounts.clusters(counts.total()),
                  first.cluster(),
                  first.reason().message()));
    }
    var away =
        plan.clusters().stream()
            .filter(c -> c.state() == ClusterState.UNREACHABLE && !c.atTarget())
            .toList();
    if (!away.isEmpty()) {
      return new Readiness(
          false,
          true,
          "ClustersUnreachable",
          "%s; %s: %s"
              .formatted(
                  counts.at(version),
                  away.getFirst().cluster(),
                  away.getFirst().reason().message()));
    }
    return new Readiness(true, false, "Succeeded", counts.at(version));
  }

  /** Such as {@code stage europe: 15 of 24 clusters at v1.4.0, 4 in progress}. */
  private static String rollingOut(RolloutPlan plan, String version, ClusterCounts counts) {
    var underway =
        plan.stages().size() == 1
            ? List.<StagePlan>of()
            : plan.stages().stream()
                .filter(stage -> stage.state() == StagePlan.State.ROLLING_OUT)
                .toList();
    return underway.isEmpty()
        ? counts.at(version)
        : underway.stream()
            .map(stage ->
                "stage %s: %s"
                    .formatted(stage.name(), ClusterCounts.of(stage.counts()).at(version)))
            .collect(Collectors.joining("; "));
  }

  private static List<ClusterPlan> in(RolloutPlan plan, ClusterState state) {
    return plan.clusters().stream().filter(cluster -> cluster.state() == state).toList();
  }
}
