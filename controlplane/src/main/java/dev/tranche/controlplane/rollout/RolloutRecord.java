package dev.tranche.controlplane.rollout;

import dev.tranche.assemblage.status.Sentences;
import dev.tranche.crd.v1alpha1.FailureAction;
import dev.tranche.crd.v1alpha1.FailureDecision;
import dev.tranche.crd.v1alpha1.ModuleStatus;
import dev.tranche.crd.v1alpha1.PendingEvent;
import dev.tranche.crd.v1alpha1.RolloutStatus;
import dev.tranche.crd.v1alpha1.StageState;
import dev.tranche.crd.v1alpha1.StageStatus;
import dev.tranche.rollout.ClusterState;
import dev.tranche.rollout.FailurePolicy.Action;
import dev.tranche.rollout.Reason;
import dev.tranche.rollout.RolloutPlan;
import dev.tranche.rollout.RolloutProgress;
import dev.tranche.rollout.RolloutProgress.Decision;
import dev.tranche.rollout.RolloutProgress.StageProgress;
import dev.tranche.rollout.StagePlan;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How the status of a module keeps the progress of its rollout. */
public final class RolloutRecord {
  private RolloutRecord() {}

  /** The progress that a status keeps; null where it keeps none. */
  public static @Nullable RolloutProgress progress(@Nullable ModuleStatus status) {
    var rollout = status == null ? null : status.rollout();
    if (rollout == null || rollout.revision() == null || rollout.startedAt() == null) {
      return null;
    }
    var stages = new HashMap<String, StageProgress>();
    for (var stage : rollout.stages()) {
      stages.put(
          stage.name(),
          new StageProgress(
              stage.startedAt(),
              stage.succeededAt(),
              stage.gatesPassed(),
              stage.gateSince(),
              stage.passedAt(),
              new HashSet<>(stage.sampled())));
    }
    return new RolloutProgress(
        rollout.revision(),
        rollout.startedAt(),
        rollout.completedAt(),
        stages,
        decision(rollout.decision()));
  }

  /**
   * What a status says of a plan, and keeps of its progress.
   *
   * @param events that are still to be handed over
   */
  public static RolloutStatus of(RolloutPlan plan, List<PendingEvent> events) {
    var progress = plan.progress();
    return new RolloutStatus(
        progress.revision(),
        progress.startedAt(),
        progress.completedAt(),
        plan.outlook().message().isEmpty() ? null : Sentences.bounded(plan.outlook().message()),
        plan.nextLook(),
        plan.stages().stream()
            .map(stage ->
                stage(stage, progress.stages().getOrDefault(stage.name(), StageProgress.NONE)))
            .toList(),
        decision(progress.decision()),
        events);
  }

  /** The planner's word for an action. */
  static Action action(FailureAction action) {
    return switch (action) {
      case HALT -> Action.HALT;
      case CONTINUE -> Action.CONTINUE;
      case ROLLBACK_FAILED -> Action.ROLLBACK_FAILED;
      case ROLLBACK_STAGE -> Action.ROLLBACK_STAGE;
      case ROLLBACK_ALL -> Action.ROLLBACK_ALL;
    };
  }

  private static StageStatus stage(StagePlan stage, StageProgress progress) {
    return new StageStatus(
        stage.name(),
        switch (stage.state()) {
          case WAITING -> StageState.WAITING;
          case ROLLING_OUT -> StageState.ROLLING_OUT;
          case GATING -> StageState.GATING;
          case PASSED -> StageState.PASSED;
        },
        stage.counts().values().stream().mapToInt(Integer::intValue).sum(),
        count(stage, ClusterState.NOT_READY),
        count(stage, ClusterState.HELD),
        count(stage, ClusterState.PENDING),
        count(stage, ClusterState.PROGRESSING),
        count(stage, ClusterState.SUCCEEDED),
        count(stage, ClusterState.FAILED),
        count(stage, ClusterState.UNREACHABLE),
        progress.startedAt(),
        progress.succeededAt(),
        progress.gatesPassed(),
        progress.gateSince(),
        progress.passedAt(),
        progress.sampled().stream().sorted().toList());
  }

  private static int count(StagePlan stage, ClusterState state) {
    return Objects.requireNonNull(stage.counts().get(state));
  }

  /** An action that a newer version decided on stops the rollout here. */
  private static @Nullable Decision decision(@Nullable FailureDecision decision) {
    return decision == null || decision.at() == null
        ? null
        : new Decision(
            decision.action() == null ? Action.HALT : action(decision.action()),
            new Reason(
                Objects.requireNonNullElse(decision.reason(), "Unknown"),
                Objects.requireNonNullElse(decision.message(), "")),
            decision.at(),
            decision.settledAt(),
            Objects.requireNonNullElse(decision.attempt(), ""),
            Set.copyOf(decision.stages()));
  }

  private static @Nullable FailureDecision decision(@Nullable Decision decision) {
    return decision == null
        ? null
        : new FailureDecision(
            switch (decision.action()) {
              case HALT -> FailureAction.HALT;
              case CONTINUE -> FailureAction.CONTINUE;
              case ROLLBACK_FAILED -> FailureAction.ROLLBACK_FAILED;
              case ROLLBACK_STAGE -> FailureAction.ROLLBACK_STAGE;
              case ROLLBACK_ALL -> FailureAction.ROLLBACK_ALL;
            },
            decision.reason().code(),
            Sentences.bounded(decision.reason().message()),
            decision.at(),
            decision.settledAt(),
            decision.attempt(),
            decision.stages().stream().sorted().toList());
  }
}
