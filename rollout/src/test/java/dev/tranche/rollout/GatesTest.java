package dev.tranche.rollout;

import static dev.tranche.rollout.Fleet.assignments;
import static dev.tranche.rollout.Fleet.stage;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.rollout.FailurePolicy.Action;
import dev.tranche.rollout.Outlook.Phase;
import dev.tranche.rollout.RolloutProgress.StageProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GatesTest {
  private static final Duration SOAK = Duration.ofMinutes(30);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private static Fleet gated(Gate... gates) {
    var fleet = Fleet.of("a", "b").labels("a", "stage", "one").labels("b", "stage", "two");
    fleet.staged(stage("one", gates), stage("two"));
    fleet.step();
    fleet.succeed("a");
    return fleet;
  }

  private static StageProgress one(Fleet fleet) {
    return Fleet.progress(fleet.progress(), "one");
  }

  @Test
  void aSoakWaitsUntilItsEnd() {
    var fleet = gated(new Gate.Soak(SOAK));
    Instant end = fleet.world.now.plus(SOAK);
    var plan = fleet.step();
    assertThat(assignments(plan)).isEmpty();
    assertThat(plan.outlook())
        .isEqualTo(new Outlook(Phase.SOAKING, "stage one: soaks until " + end));
    assertThat(stage(plan, "one")).isEqualTo(StagePlan.State.GATING);
    assertThat(plan.nextLook()).isEqualTo(end);
    assertThat(Fleet.why(plan, "b"))
        .isEqualTo("Pending WaitingForStage: stage one comes first: soaks until " + end);
    fleet.later(SOAK.minusNanos(1));
    assertThat(fleet.assigned()).isEmpty();
    fleet.later(Duration.ofNanos(1));
    assertThat(fleet.assigned()).containsExactly("b=v1");
    assertThat(one(fleet).passedAt()).isEqualTo(end);
    assertThat(one(fleet).gatesPassed()).isEqualTo(1);
    assertThat(one(fleet).gateSince()).isNull();
  }

  @Test
  void aSoakThatIsOverAtOnceIsNoSoak() {
    assertThat(gated(new Gate.Soak(Duration.ZERO)).assigned()).containsExactly("b=v1");
  }

  @Test
  void aSoakThatNeverEndsIsNoError() {
    var fleet = gated(new Gate.Soak(Duration.ofSeconds(Long.MAX_VALUE)));
    assertThat(fleet.assigned()).isEmpty();
    assertThat(fleet.plan().nextLook()).isEqualTo(Instant.MAX);
  }

  @Test
  void aSoakStartsAgainWhereAClusterWasBusyInIt() {
    var fleet = gated(new Gate.Soak(SOAK));
    fleet.step();
    fleet.later(MINUTE).cluster("a").report(fleet.world.now, Observation.Outcome.UPDATING);
    assertThat(stage(fleet.step(), "one")).isEqualTo(StagePlan.State.ROLLING_OUT);
    assertThat(one(fleet).succeededAt()).isNull();
    fleet.later(MINUTE).succeed("a");
    assertThat(fleet.step().nextLook()).isEqualTo(fleet.world.now.plus(SOAK));
  }

  @Test
  void aSoakStartsAgainWhereAClusterFailedInIt() {
    var fleet = gated(new Gate.Soak(SOAK));
    fleet.step();
    fleet.later(MINUTE).fail("a").step();
    fleet.later(SOAK).succeed("a").step();
    assertThat(fleet.retry().assigned()).isEmpty();
    assertThat(fleet.plan().nextLook()).isEqualTo(fleet.world.now.plus(SOAK));
  }

  @Test
  void aSoakStartsAgainWhereAClusterFailedWhileTheRolloutWasRefused() {
    var fleet = gated(new Gate.Soak(SOAK));
    fleet.action = Action.CONTINUE;
    fleet.step();
    fleet.strategy =
        new Strategy.Staged(((Strategy.Staged) fleet.strategy).stages(), Strategy.Unmatched.REJECT);
    fleet.joins("odd", Map.of());
    fleet.cluster("a").binding++;
    fleet.step();
    fleet.world.clusters.remove("odd");
    fleet.cluster("a").binding--;
    fleet.later(SOAK);
    assertThat(fleet.assigned()).isEmpty();
  }

  @Test
  void aHaltElsewhereBreaksNoSoak() {
    var fleet = Fleet.of("a", "b").labels("a", "stage", "one").labels("b", "stage", "two");
    fleet.maxFailed = new Share.Count(1);
    fleet.staged(stage("one", new Gate.Soak(SOAK), new Gate.Check(MINUTE)), Fleet.after("two"));
    fleet.step();
    fleet.succeed("a").fail("b").step();
    fleet.later(SOAK).step();
    fleet.later(MINUTE);
    assertThat(fleet.step().outlook().phase()).isEqualTo(Phase.HALTED);
    assertThat(one(fleet).gatesPassed()).isEqualTo(1);
    fleet.retry().step();
    assertThat(one(fleet).gateSince()).isEqualTo(fleet.world.now);
    assertThat(one(fleet).gatesPassed()).isEqualTo(1);
  }

  @Test
  void anApprovalIsForOneStageAndOneRevision() {
    var fleet = gated(new Gate.Approval());
    fleet.approve("one", "v0").approve("two", "v1");
    var plan = fleet.step();
    assertThat(assignments(plan)).isEmpty();
    assertThat(plan.outlook())
        .isEqualTo(new Outlook(Phase.AWAITING_APPROVAL, "stage one: waits for an approval"));
    assertThat(plan.nextLook()).isNull();
    fleet.approve("one", "v1");
    assertThat(fleet.assigned()).containsExactly("b=v1");
  }

  @Test
  void anApprovalMayComeBeforeItsStage() {
    var fleet = Fleet.of("a", "b").labels("a", "stage", "one").labels("b", "stage", "two");
    fleet.staged(stage("one", new Gate.Approval()), stage("two")).approve("one", null);
    fleet.step();
    assertThat(fleet.succeed("a").assigned()).containsExactly("b=v1");
  }

  @Test
  void aCheckIsWantedWhileItsStageWaitsAtIt() {
    var fleet = Fleet.of("a", "b").labels("a", "stage", "one").labels("b", "stage", "two");
    fleet.staged(stage("one", new Gate.Approval(), new Gate.Check(SOAK)), stage("two"));
    assertThat(fleet.step().checks()).isEmpty();
    assertThat(fleet.succeed("a").step().checks()).isEmpty();
    var plan = fleet.approve("one", null).step();
    assertThat(plan.checks()).containsExactly(new CheckKey("one", 1));
    assertThat(plan.outlook())
        .isEqualTo(
            new Outlook(
                Phase.AWAITING_CHECK,
                "stage one: waits until %s for its check".formatted(fleet.world.now.plus(SOAK))));
    assertThat(plan.nextLook()).isEqualTo(fleet.world.now.plus(SOAK));
    fleet.answer("one", 1, true, "fine");
    plan = fleet.step();
    assertThat(assignments(plan)).containsExactly("b=v1");
    assertThat(plan.checks()).isEmpty();
  }

  @Test
  void aCheckThatWasAnsweredBeforeTheGateCameUpDoesNotCount() {
    var fleet = Fleet.of("a", "b").labels("a", "stage", "one").labels("b", "stage", "two");
    fleet.staged(stage("one", new Gate.Check(SOAK)), stage("two"));
    fleet.answer("one", 0, true, "early").step();
    fleet.later(MINUTE).succeed("a");
    assertThat(fleet.assigned()).isEmpty();
    fleet.answer("one", 0, true, "in time");
    assertThat(fleet.assigned()).containsExactly("b=v1");
  }

  @Test
  void aCheckThatDoesNotPassInTimeHalts() {
    var fleet = gated(new Gate.Check(SOAK));
    fleet.step();
    fleet.later(MINUTE).answer("one", 0, false, "9 errors a second");
    assertThat(fleet.step().outlook().message()).endsWith("for its check: 9 errors a second");
    fleet.later(SOAK.minus(MINUTE));
    var plan = fleet.step();
    assertThat(plan.outlook())
        .isEqualTo(
            new Outlook(
                Phase.HALTED, "the check of stage one did not pass within 30m: 9 errors a second"));
    assertThat(plan.checks()).isEmpty();
    assertThat(Fleet.decision(plan).reason().code()).isEqualTo("CheckFailed");
    assertThat(Fleet.steps(plan))
        .containsExactly(
            "RolloutHalted: the check of stage one did not pass within 30m: 9 errors a second");
    assertThat(fleet.plan().stages()).isEqualTo(plan.stages());
  }

  @Test
  void aCheckThatNeverAnsweredSaysNothingMore() {
    var fleet = gated(new Gate.Check(SOAK));
    fleet.step();
    fleet.later(SOAK);
    assertThat(fleet.step().outlook().message())
        .isEqualTo("the check of stage one did not pass within 30m");
  }

  @Test
  void aCheckThatFailsBringsItsStageBackAndOthersWithFailures() {
    var fleet = Fleet.of("a", "b", "c").labels("a", "stage", "one").labels("b", "stage", "two");
    fleet.labels("c", "stage", "three");
    fleet.maxFailed = new Share.Count(1);
    fleet.action = Action.ROLLBACK_STAGE;
    fleet.staged(stage("one", new Gate.Check(SOAK)), Fleet.after("two"), Fleet.after("three"));
    fleet.step();
    fleet.succeed("a", "c").fail("b").step();
    fleet.later(SOAK);
    var plan = fleet.step();
    assertThat(assignments(plan)).containsExactly("a=v0", "b=v0");
    assertThat(Fleet.decision(plan).stages()).containsExactlyInAnyOrder("one", "two");
    assertThat(one(fleet).succeededAt()).isNull();
  }

  @Test
  void aCheckThatFailsWherePeopleWantToGoOnIsWaitedFor() {
    var fleet = gated(new Gate.Check(SOAK));
    fleet.action = Action.CONTINUE;
    fleet.step();
    fleet.later(SOAK).answer("one", 0, false, "no");
    var plan = fleet.step();
    assertThat(plan.outlook())
        .isEqualTo(
            new Outlook(Phase.AWAITING_CHECK, "stage one: its check did not pass in time: no"));
    assertThat(plan.checks()).containsExactly(new CheckKey("one", 0));
    assertThat(plan.nextLook()).isNull();
    fleet.answer("one", 0, true, "yes");
    assertThat(fleet.assigned()).containsExactly("b=v1");
  }

  @Test
  void aRetryGivesACheckItsTimeAgain() {
    var fleet = gated(new Gate.Check(SOAK));
    fleet.step();
    fleet.later(SOAK).step();
    fleet.retry();
    var plan = fleet.step();
    assertThat(plan.outlook().phase()).isEqualTo(Phase.AWAITING_CHECK);
    assertThat(plan.nextLook()).isEqualTo(fleet.world.now.plus(SOAK));
    assertThat(Fleet.steps(plan)).containsExactly("RolloutResumed: the rollout is tried again");
  }

  @Test
  void gatesHoldOneAfterTheOther() {
    var fleet = gated(new Gate.Soak(SOAK), new Gate.Approval());
    fleet.approve("one", null);
    assertThat(fleet.step().outlook().phase()).isEqualTo(Phase.SOAKING);
    fleet.later(SOAK);
    assertThat(fleet.assigned()).containsExactly("b=v1");
  }

  @Test
  void oneStageAtAGateDoesNotHideThatAnotherMoves() {
    var fleet = Fleet.of("a", "b").labels("a", "stage", "one").labels("b", "stage", "two");
    fleet.staged(stage("one", new Gate.Approval()), Fleet.after("two"));
    fleet.step();
    assertThat(fleet.succeed("a").step().outlook())
        .isEqualTo(
            new Outlook(
                Phase.ROLLING_OUT,
                "stage one: waits for an approval; "
                    + "stage two: 0 of 1 cluster succeeded, 1 in progress"));
    assertThat(fleet.succeed("b").step().outlook())
        .isEqualTo(new Outlook(Phase.AWAITING_APPROVAL, "stage one: waits for an approval"));
  }
}
