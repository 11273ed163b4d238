package dev.tranche.rollout;

import static dev.tranche.rollout.Fleet.assignments;
import static dev.tranche.rollout.Fleet.stage;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.rollout.FailurePolicy.Action;
import dev.tranche.rollout.Observation.Outcome;
import dev.tranche.rollout.Outlook.Phase;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FailuresTest {
  private static final String ONE_FAILED = "1 of 4 clusters failed, 0 may; b: reports FAILED";

  /** Of a stage one, a has succeeded, b has failed; c has the target; stage two, d, has not. */
  private static Fleet failing(Action action) {
    var fleet = Fleet.of("a", "b", "c", "d");
    for (var name : new String[] {"a", "b", "c"}) {
      fleet.labels(name, "stage", "one");
    }
    fleet.labels("d", "stage", "two").staged(stage("one"), stage("two"));
    fleet.action = action;
    fleet.step();
    return fleet.succeed("a").fail("b");
  }

  @Test
  void haltLeavesEverythingAsItIs() {
    var fleet = failing(Action.HALT);
    var plan = fleet.step();
    assertThat(assignments(plan)).isEmpty();
    assertThat(plan.outlook()).isEqualTo(new Outlook(Phase.HALTED, ONE_FAILED));
    assertThat(Fleet.steps(plan)).containsExactly("RolloutHalted: " + ONE_FAILED);
    assertThat(Fleet.decision(plan).reason().code()).isEqualTo("ClustersFailed");
    assertThat(Fleet.why(plan, "a")).startsWith("Succeeded");
    assertThat(Fleet.why(plan, "b")).isEqualTo("Failed Reported: reports FAILED");
    assertThat(Fleet.why(plan, "c"))
        .isEqualTo("Progressing Assigned: assigned, no report on it yet");
    assertThat(Fleet.why(plan, "d"))
        .isEqualTo("Pending Halted: the rollout was stopped: " + ONE_FAILED);
    assertThat(plan.counts())
        .isEqualTo(
            Map.of(
                ClusterState.NOT_READY, 0,
                ClusterState.HELD, 0,
                ClusterState.PENDING, 1,
                ClusterState.PROGRESSING, 1,
                ClusterState.SUCCEEDED, 1,
                ClusterState.FAILED, 1,
                ClusterState.UNREACHABLE, 0));
    fleet.succeed("b", "c");
    assertThat(fleet.assigned()).isEmpty();
    assertThat(Fleet.steps(fleet.plan())).isEmpty();
  }

  @Test
  void continueGoesOnAndWaitsForNobodyThatFailed() {
    var fleet = failing(Action.CONTINUE);
    assertThat(fleet.assigned()).isEmpty();
    assertThat(fleet.succeed("c").assigned()).containsExactly("d=v1");
    var plan = fleet.succeed("d").step();
    assertThat(plan.progress().completedAt()).isNull();
    assertThat(plan.stableRevision()).isEqualTo("v0");
    assertThat(fleet.succeed("b").step().stableRevision()).isEqualTo("v1");
  }

  @Test
  void rollbackFailedBringsBackWhatFailed() {
    var fleet = failing(Action.ROLLBACK_FAILED);
    var plan = fleet.step();
    assertThat(assignments(plan)).containsExactly("b=v0");
    assertThat(plan.outlook()).isEqualTo(new Outlook(Phase.ROLLING_BACK, ONE_FAILED));
    assertThat(Fleet.steps(plan)).containsExactly("RollingBack: " + ONE_FAILED);
    assertThat(Fleet.why(plan, "b"))
        .isEqualTo("Pending RollingBack: about to go back to the stable revision");
    fleet.cluster("b").report(fleet.world.now, Outcome.UPDATING);
    assertThat(fleet.why("b"))
        .isEqualTo("Progressing RollingBack: not settled on the stable revision yet");
    plan = fleet.succeed("b").step();
    assertThat(plan.outlook()).isEqualTo(new Outlook(Phase.ROLLED_BACK, ONE_FAILED));
    assertThat(Fleet.steps(plan)).containsExactly("RolledBack: " + ONE_FAILED);
    assertThat(Fleet.decision(plan).settledAt()).isEqualTo(fleet.world.now);
    assertThat(Fleet.why(plan, "b"))
        .isEqualTo("Held RolledBack: runs the stable revision: " + ONE_FAILED);
    assertThat(Fleet.why(plan, "d"))
        .isEqualTo("Held RolledBack: runs the stable revision: " + ONE_FAILED);
    assertThat(Fleet.steps(fleet.plan())).isEmpty();
    assertThat(fleet.fail("c").assigned()).containsExactly("c=v0");
    assertThat(fleet.why("a")).startsWith("Succeeded");
  }

  @Test
  void aClusterThatFailsOnTheStableRevisionHasFailed() {
    var fleet = failing(Action.ROLLBACK_FAILED);
    fleet.step();
    var plan = fleet.fail("b").step();
    assertThat(Fleet.why(plan, "b")).isEqualTo("Failed Reported: reports FAILED");
    assertThat(plan.outlook().phase()).isEqualTo(Phase.ROLLED_BACK);
  }

  @Test
  void rollbackStageBringsBackStagesWithFailures() {
    var fleet = Fleet.of("a", "b", "c").labels("a", "stage", "one").labels("b", "stage", "one");
    fleet.labels("c", "stage", "two");
    fleet.action = Action.ROLLBACK_STAGE;
    fleet.staged(stage("one"), Fleet.after("two"));
    fleet.step();
    fleet.succeed("b", "c").fail("a");
    assertThat(fleet.assigned()).containsExactly("a=v0", "b=v0");
    assertThat(fleet.fail("c").assigned()).containsExactly("c=v0");
  }

  @Test
  void rollbackAllBringsBackEverythingWithinTheBudget() {
    var fleet = failing(Action.ROLLBACK_ALL);
    fleet.succeed("c").maxUnready = new Share.Count(2);
    fleet.windows = List.of(_ -> new Window.Phase(false, null));
    assertThat(fleet.assigned()).containsExactly("a=v0", "b=v0");
    assertThat(fleet.plan().outlook().phase()).isEqualTo(Phase.ROLLING_BACK);
    assertThat(fleet.succeed("a", "b").assigned()).containsExactly("c=v0");
    assertThat(fleet.succeed("c").step().outlook().phase()).isEqualTo(Phase.ROLLED_BACK);
  }

  @Test
  void rollbackAllBringsBackWhatHasAnOlderRevisionToo() {
    var fleet = failing(Action.ROLLBACK_ALL);
    fleet.runs("d", "v9");
    assertThat(fleet.assigned()).contains("d=v0");
  }

  @Test
  void aRollbackWaitsWhileSuspended() {
    var fleet = failing(Action.ROLLBACK_ALL);
    fleet.world.suspended = true;
    assertThat(fleet.assigned()).isEmpty();
    assertThat(fleet.why("b")).isEqualTo("Held Suspended: the module is suspended");
    assertThat(fleet.plan().outlook()).isEqualTo(new Outlook(Phase.SUSPENDED, "suspended"));
    assertThat(Fleet.decision(fleet.plan()).settledAt()).isNull();
  }

  @Test
  void aClusterOnWhichBothRevisionsAreTheSameStays() {
    var fleet = Fleet.of("a", "b");
    fleet.action = Action.ROLLBACK_ALL;
    fleet.world.target = "v2";
    fleet.world.stable = "v3";
    fleet.cluster("a").alike = true;
    fleet.runs("a", "v3").runs("b", "v3");
    assertThat(fleet.assigned()).containsExactly("b=v2");
    assertThat(fleet.fail("b").assigned()).containsExactly("b=v3");
    assertThat(fleet.succeed("b").step().outlook().phase()).isEqualTo(Phase.ROLLED_BACK);
    assertThat(fleet.why("a")).startsWith("Succeeded");
  }

  @Test
  void aClusterThatDoesNotTakePartDoesNotGoBack() {
    var fleet = failing(Action.ROLLBACK_ALL);
    fleet.cluster("a").standing = new Standing.Unreachable(new Reason("Away", "away"));
    fleet.cluster("c").hold = new Hold(new Reason("ClusterPaused", "paused"), false);
    assertThat(fleet.assigned()).containsExactly("b=v0");
    fleet.succeed("b");
    assertThat(fleet.step().outlook().phase()).isEqualTo(Phase.ROLLED_BACK);
    fleet.cluster("a").standing = new Standing.Participating();
    assertThat(fleet.assigned()).containsExactly("a=v0");
  }

  @Test
  void aClusterWhoseStableRevisionIsUnknownSaysSo() {
    var fleet = failing(Action.ROLLBACK_ALL).succeed("c");
    fleet.cluster("c").unresolvable = true;
    assertThat(fleet.assigned()).containsExactly("a=v0", "b=v0");
    assertThat(fleet.why("c")).isEqualTo("Failed ObjectNotFound: no ConfigMap values");
  }

  @ParameterizedTest
  @EnumSource(
      value = Action.class,
      names = {"ROLLBACK_FAILED", "ROLLBACK_STAGE", "ROLLBACK_ALL"})
  void whereNothingEverCompletedThereIsNothingToRollBackTo(Action action) {
    var fleet = failing(action);
    fleet.world.stable = null;
    var plan = fleet.step();
    assertThat(assignments(plan)).isEmpty();
    assertThat(plan.outlook())
        .isEqualTo(
            new Outlook(
                Phase.NOTHING_TO_ROLL_BACK_TO,
                ONE_FAILED
                    + "; no other revision was ever rolled out completely, so there is nothing"
                    + " to roll back to"));
    assertThat(Fleet.decision(plan).action()).isEqualTo(Action.HALT);
    assertThat(Fleet.decision(plan).reason().code()).isEqualTo("NothingToRollBackTo");
    assertThat(plan.steps()).hasSize(1).allMatch(s -> s.kind() == RolloutStep.Kind.HALTED);
  }

  @Test
  void theTargetItselfIsNothingToRollBackTo() {
    var fleet = failing(Action.ROLLBACK_ALL);
    fleet.world.stable = "v1";
    assertThat(fleet.plan().outlook().phase()).isEqualTo(Phase.NOTHING_TO_ROLL_BACK_TO);
  }

  @Test
  void soManyMayFail() {
    var fleet = failing(Action.HALT);
    fleet.maxFailed = new Share.Percent(25);
    assertThat(fleet.assigned()).isEmpty();
    assertThat(fleet.plan().outlook().message())
        .isEqualTo("stage one: 1 of 3 clusters succeeded, 1 in progress, 1 failed");
    assertThat(fleet.succeed("c").assigned()).containsExactly("d=v1");
    var plan = fleet.succeed("d").step();
    assertThat(plan.outlook().phase()).isEqualTo(Phase.COMPLETED);
    assertThat(plan.stableRevision()).isEqualTo("v1");
    fleet.world.target = "v2";
    fleet.step();
    assertThat(fleet.fail("a", "b").step().outlook())
        .isEqualTo(new Outlook(Phase.HALTED, "2 of 4 clusters failed, 1 may; a: reports FAILED"));
  }

  @Test
  void unreachableIsNotFailed() {
    var fleet = failing(Action.HALT);
    fleet.cluster("b").standing = new Standing.Unreachable(new Reason("Away", "away"));
    assertThat(fleet.succeed("c").assigned()).containsExactly("d=v1");
    fleet.succeed("d");
    assertThat(fleet.step().outlook().phase()).isEqualTo(Phase.COMPLETED);
    fleet.cluster("b").standing = new Standing.Participating();
    assertThat(fleet.step().outlook().phase()).isEqualTo(Phase.COMPLETED);
  }

  @Test
  void whatReturnsAfterCompletionGetsTheTarget() {
    var fleet = Fleet.of("a", "b");
    fleet.cluster("b").standing = new Standing.Unreachable(new Reason("Away", "away"));
    fleet.untilItRests();
    fleet.cluster("b").standing = new Standing.Participating();
    assertThat(fleet.assigned()).containsExactly("b=v1");
    var done = fleet.succeed("b").step();
    assertThat(Fleet.steps(done)).containsExactly("RolloutCompleted: the rollout completed");
  }

  @Test
  void aClusterThatMakesNoProgressInTimeHasFailed() {
    var fleet = Fleet.of("a", "b");
    fleet.maxUnready = new Share.Count(1);
    fleet.step();
    assertThat(fleet.plan().nextLook()).isEqualTo(fleet.world.now.plus(fleet.deadline));
    fleet.later(fleet.deadline.minusNanos(1));
    assertThat(fleet.plan().outlook().phase()).isEqualTo(Phase.ROLLING_OUT);
    fleet.later(Duration.ofNanos(1));
    var plan = fleet.step();
    assertThat(plan.outlook())
        .isEqualTo(
            new Outlook(
                Phase.HALTED, "1 of 2 clusters failed, 0 may; a: made no progress within 10m"));
    assertThat(Fleet.why(plan, "a"))
        .isEqualTo("Failed ProgressDeadlineExceeded: made no progress within 10m");
    assertThat(plan.nextLook()).isNull();
    fleet.cluster("a").report(fleet.world.now, Outcome.UPDATING);
    assertThat(fleet.why("a"))
        .isEqualTo(
            "Failed ProgressDeadlineExceeded: made no progress within 10m: reports UPDATING");
    fleet.cluster("a").since = null;
    assertThat(fleet.why("a")).isEqualTo("Progressing Reported: reports UPDATING");
  }

  @Test
  void aDeadlineThatNeverComesIsNoError() {
    var fleet = Fleet.of("a");
    fleet.deadline = Duration.ofSeconds(Long.MAX_VALUE);
    fleet.step();
    assertThat(fleet.plan().outlook().phase()).isEqualTo(Phase.ROLLING_OUT);
  }

  @Test
  void failuresAfterCompletionStopNothing() {
    var fleet = Fleet.of("a", "b");
    fleet.untilItRests();
    var plan = fleet.fail("a").step();
    assertThat(plan.outlook().phase()).isEqualTo(Phase.COMPLETED);
    assertThat(Fleet.why(plan, "a")).startsWith("Failed");
  }

  @Test
  void aRetryTriesAgain() {
    var fleet = failing(Action.ROLLBACK_ALL);
    fleet.step();
    fleet.succeed("a", "b", "c").step();
    fleet.retry();
    var plan = fleet.step();
    assertThat(assignments(plan)).containsExactly("a=v1", "b=v1", "c=v1");
    assertThat(Fleet.steps(plan)).containsExactly("RolloutResumed: the rollout is tried again");
    assertThat(fleet.untilItRests().outlook().phase()).isEqualTo(Phase.COMPLETED);
  }

  @Test
  void aRetryHasWhatWentBackPassItsGatesOnceMore() {
    var fleet = Fleet.of("a", "b");
    fleet
        .labels("a", "stage", "one")
        .labels("b", "stage", "two")
        .staged(stage("one", new Gate.Soak(Duration.ofMinutes(5))), stage("two"));
    fleet.action = Action.ROLLBACK_ALL;
    fleet.step();
    fleet.succeed("a").step();
    fleet.later(Duration.ofMinutes(5)).step();
    fleet.fail("b").step();
    for (int i = 0; i < 3; i++) {
      fleet.succeed("a", "b").step();
    }
    assertThat(fleet.step().outlook().phase()).isEqualTo(Phase.ROLLED_BACK);
    fleet.retry().step();
    assertThat(fleet.succeed("a").step().outlook().phase()).isEqualTo(Phase.SOAKING);
    assertThat(fleet.later(Duration.ofMinutes(5)).assigned()).containsExactly("b=v1");
  }

  @Test
  void aRetryHaltsAgainWhereTheFailuresAreStillThere() {
    var fleet = failing(Action.HALT);
    fleet.step();
    fleet.later(Duration.ofHours(1)).retry();
    var plan = fleet.step();
    assertThat(plan.outlook().phase()).isEqualTo(Phase.HALTED);
    assertThat(Fleet.decision(plan).at()).isEqualTo(fleet.world.now);
    assertThat(fleet.retry().succeed("b", "c").assigned()).containsExactly("d=v1");
  }

  @Test
  void aNewTargetTakesThePlaceOfAHaltedOne() {
    var fleet = failing(Action.HALT);
    fleet.step();
    fleet.world.target = "v2";
    var plan = fleet.step();
    assertThat(assignments(plan)).containsExactly("a=v2", "b=v2", "c=v2");
    assertThat(Fleet.steps(plan))
        .containsExactly(
            "RolloutStarted: a new rollout begins, and takes the place of one that had not"
                + " completed",
            "StageBegun: stage one begins");
    assertThat(plan.stableRevision()).isEqualTo("v0");
  }
}
