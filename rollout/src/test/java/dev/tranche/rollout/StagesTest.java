package dev.tranche.rollout;

import static dev.tranche.rollout.Fleet.after;
import static dev.tranche.rollout.Fleet.assignments;
import static dev.tranche.rollout.Fleet.stage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tranche.rollout.Outlook.Phase;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class StagesTest {
  private static Stage sampling(String name, int count, @Nullable String perLabel) {
    return new Stage(
        name, _ -> true, new Stage.Sample(count, perLabel), null, List.of(), null, null);
  }

  private static Stage ramp(int start, int factor) {
    return new Stage("all", _ -> true, null, null, List.of(), new Stage.Ramp(start, factor), null);
  }

  @Test
  void replaceAssignsEverythingAtOnceWithoutABudget() {
    var fleet = Fleet.of("a", "b", "c");
    fleet.strategy = new Strategy.Replace();
    fleet.maxUnready = new Share.Count(1);
    assertThat(fleet.assigned()).containsExactly("a=v1", "b=v1", "c=v1");
    assertThat(fleet.succeed("a", "b", "c").step().stages())
        .singleElement()
        .satisfies(all -> assertThat(all.name()).isEqualTo("all"));
    assertThat(fleet.world.stable).isEqualTo("v1");
  }

  @Test
  void stagesComeOneAfterTheOther() {
    var fleet = Fleet.of("a", "b").labels("a", "stage", "two").labels("b", "stage", "one");
    fleet.staged(stage("one"), stage("two"));
    var plan = fleet.step();
    assertThat(assignments(plan)).containsExactly("b=v1");
    assertThat(Fleet.why(plan, "a"))
        .isEqualTo("Pending WaitingForStage: stage one comes first: 0 of 1 cluster succeeded");
    assertThat(plan.outlook())
        .isEqualTo(new Outlook(Phase.ROLLING_OUT, "stage one: 0 of 1 cluster succeeded"));
    assertThat(stage(plan, "one")).isEqualTo(StagePlan.State.ROLLING_OUT);
    assertThat(stage(plan, "two")).isEqualTo(StagePlan.State.WAITING);
    assertThat(fleet.why("a")).endsWith("0 of 1 cluster succeeded, 1 in progress");
    plan = fleet.succeed("b").step();
    assertThat(assignments(plan)).containsExactly("a=v1");
    assertThat(stage(plan, "one")).isEqualTo(StagePlan.State.PASSED);
    assertThat(stage(plan, "two")).isEqualTo(StagePlan.State.ROLLING_OUT);
    assertThat(plan.outlook().message()).isEqualTo("stage two: 0 of 1 cluster succeeded");
    plan = fleet.succeed("a").step();
    assertThat(plan.outlook()).isEqualTo(new Outlook(Phase.COMPLETED, ""));
    assertThat(plan.stableRevision()).isEqualTo("v1");
  }

  @Test
  void namedStagesMakeAGraph() {
    var fleet =
        Fleet.of("a", "b", "c", "d")
            .labels("a", "stage", "canary")
            .labels("b", "stage", "europe")
            .labels("c", "stage", "america")
            .labels("d", "stage", "rest");
    fleet.staged(
        stage("canary"),
        stage("europe"),
        after("america", "canary", "nowhere"),
        after("rest", "europe", "america"));
    assertThat(fleet.assigned()).containsExactly("a=v1");
    assertThat(fleet.succeed("a").assigned()).containsExactly("b=v1", "c=v1");
    assertThat(fleet.plan().outlook().message())
        .isEqualTo(
            "stage europe: 0 of 1 cluster succeeded, 1 in progress; "
                + "stage america: 0 of 1 cluster succeeded, 1 in progress");
    assertThat(fleet.succeed("c").assigned()).isEmpty();
    assertThat(fleet.succeed("b").assigned()).containsExactly("d=v1");
  }

  @Test
  void aCircleIsRefusedWithItsPath() {
    var fleet = Fleet.of("a", "b").labels("a", "stage", "free").labels("b", "stage", "x");
    fleet.staged(after("free"), after("x", "z"), after("y", "x"), after("z", "y"));
    var plan = fleet.step();
    assertThat(assignments(plan)).isEmpty();
    assertThat(plan.outlook())
        .isEqualTo(
            new Outlook(
                Phase.STAGE_CIRCLE,
                "the stages wait for each other: x after z after y after x;"
                    + " take one of them out of after"));
    assertThat(Fleet.why(plan, "a")).startsWith("Pending StageCircle: the stages wait for");
    assertThat(stage(plan, "free")).isEqualTo(StagePlan.State.WAITING);
  }

  @Test
  void aStageAfterACircleIsNotPartOfItsPath() {
    var fleet = Fleet.of("a");
    fleet.staged(after("behind", "x"), after("x", "x"));
    assertThat(fleet.plan().outlook().message())
        .startsWith("the stages wait for each other: x after x;");
  }

  @Test
  void whatNoStageTakesFollowsAfterAllOthers() {
    var fleet = Fleet.of("a", "b").labels("b", "stage", "one");
    fleet.staged(stage("one"));
    var plan = fleet.step();
    assertThat(assignments(plan)).containsExactly("b=v1");
    assertThat(Fleet.of(plan, "a").stage()).isEqualTo("unmatched");
    assertThat(fleet.succeed("b").assigned()).containsExactly("a=v1");
  }

  @Test
  void theStageForTheRestHasANameOfItsOwn() {
    var fleet = Fleet.of("a");
    fleet.staged(stage("unmatched"));
    assertThat(fleet.plan().stages().stream().map(StagePlan::name))
        .containsExactly("unmatched", "unmatched-too");
  }

  @Test
  void whatNoStageTakesCanBeIgnored() {
    var fleet = Fleet.of("a", "b").labels("b", "stage", "one");
    fleet.strategy = new Strategy.Staged(List.of(stage("one")), Strategy.Unmatched.IGNORE);
    assertThat(fleet.untilItRests().outlook().phase()).isEqualTo(Phase.COMPLETED);
    assertThat(fleet.why("a"))
        .isEqualTo(
            "Held Unmatched: no stage selects it; add it to one, or set unmatched to LastStage");
    assertThat(Fleet.of(fleet.plan(), "a").stage()).isNull();
  }

  @Test
  void whatNoStageTakesCanStopTheRollout() {
    var fleet = Fleet.of("a", "b").labels("b", "stage", "one");
    fleet.strategy = new Strategy.Staged(List.of(stage("one")), Strategy.Unmatched.REJECT);
    var plan = fleet.step();
    assertThat(assignments(plan)).isEmpty();
    assertThat(plan.outlook())
        .isEqualTo(
            new Outlook(
                Phase.UNMATCHED_CLUSTERS,
                "no stage selects a; add it to a stage, or set unmatched to LastStage or Ignore"));
    assertThat(Fleet.why(plan, "b"))
        .isEqualTo(
            "Pending UnmatchedClusters: the rollout waits until every selected cluster belongs to"
                + " a stage");
    fleet.labels("a", "stage", "one");
    assertThat(fleet.assigned()).containsExactly("a=v1", "b=v1");
  }

  @Test
  void aSampleIsSpreadOverTheValuesOfALabel() {
    var fleet =
        Fleet.of("a", "b", "c", "d", "e")
            .labels("a", "region", "eu")
            .labels("b", "region", "eu")
            .labels("c", "region", "am")
            .labels("d", "region", "am");
    fleet.staged(sampling("some", 1, "region"), stage("rest"));
    var plan = fleet.step();
    assertThat(assignments(plan)).containsExactly("a=v1", "c=v1", "e=v1");
    assertThat(Fleet.progress(plan.progress(), "some").sampled())
        .containsExactlyInAnyOrder("a", "c", "e");
  }

  @Test
  void aSampleWithoutALabelIsOneNumber() {
    var fleet = Fleet.of("a", "b", "c");
    fleet.staged(sampling("some", 2, null), stage("rest"));
    assertThat(fleet.assigned()).containsExactly("a=v1", "b=v1");
  }

  @Test
  void aSampleStaysWhatItIs() {
    var fleet = Fleet.of("b", "c", "d");
    fleet.staged(sampling("some", 1, null), stage("rest"));
    assertThat(fleet.assigned()).containsExactly("b=v1");
    fleet.joins("a", Map.of()).runs("a", "v0");
    assertThat(fleet.assigned()).isEmpty();
    assertThat(Fleet.of(fleet.plan(), "b").stage()).isEqualTo("some");
    fleet.world.clusters.remove("b");
    assertThat(fleet.assigned()).containsExactly("a=v1");
    assertThat(fleet.succeed("a").assigned()).containsExactly("c=v1", "d=v1");
    fleet.world.clusters.remove("a");
    assertThat(Fleet.progress(fleet.step().progress(), "some").sampled()).isEmpty();
    fleet.world.target = "v2";
    assertThat(fleet.assigned()).containsExactly("c=v2");
  }

  @Test
  void aSampleTakesOnlyClustersOnWhichTryingTellsAnything() {
    var fleet = Fleet.of("a", "b", "c", "d");
    fleet.cluster("a").standing = new Standing.Unreachable(new Reason("Away", "away"));
    fleet.cluster("b").hold = new Hold(new Reason("ClusterPaused", "paused"), false);
    fleet.staged(sampling("some", 1, null), stage("rest"));
    assertThat(fleet.assigned()).containsExactly("c=v1");
  }

  @Test
  void aClusterBelongsToTheFirstStageThatTakesIt() {
    var fleet = Fleet.of("a", "b");
    fleet.staged(sampling("some", 1, null), sampling("more", 1, null));
    assertThat(fleet.assigned()).containsExactly("a=v1");
    assertThat(Fleet.progress(fleet.plan().progress(), "more").sampled()).containsExactly("b");
  }

  @Test
  void batchesOfARampGrow() {
    var fleet = Fleet.of("a", "b", "c", "d", "e", "f", "g", "h");
    fleet.staged(ramp(1, 2));
    assertThat(fleet.assigned()).containsExactly("a=v1");
    assertThat(fleet.why("b"))
        .isEqualTo("Pending WaitingForBatch: a batch of stage all is underway");
    assertThat(fleet.succeed("a").assigned()).containsExactly("b=v1", "c=v1");
    assertThat(fleet.succeed("b").assigned()).isEmpty();
    assertThat(fleet.succeed("c").assigned()).containsExactly("d=v1", "e=v1", "f=v1", "g=v1");
    assertThat(fleet.succeed("d", "e", "f", "g").assigned()).containsExactly("h=v1");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 0, 1",
    "1, 1, 5, 6",
    "2, 1, 1, 2",
    "2, 1, 2, 4",
    "1, 2, 0, 1",
    "1, 2, 1, 3",
    "1, 2, 2, 3",
    "1, 2, 3, 7",
    "3, 3, 2, 3",
    "3, 3, 3, 12",
    "3, 3, 12, 39"
  })
  void aRampAllowsOneBatchMoreThanIsSettled(int start, int factor, long settled, long allows) {
    assertThat(new Stage.Ramp(start, factor).allows(settled)).isEqualTo(allows);
  }

  @Test
  void aRampNeverOverflows() {
    var steep = new Stage.Ramp(Integer.MAX_VALUE, Integer.MAX_VALUE);
    assertThat(steep.allows(Integer.MAX_VALUE)).isEqualTo(2L * Integer.MAX_VALUE);
  }

  @Test
  void aClusterWhoseTargetIsUnknownFillsNoBatch() {
    var fleet = Fleet.of("a", "b", "c", "d");
    fleet.maxFailed = new Share.Count(2);
    fleet.cluster("a").unresolvable = true;
    fleet.cluster("b").unresolvable = true;
    fleet.staged(ramp(1, 1));
    assertThat(fleet.assigned()).containsExactly("c=v1");
    assertThat(fleet.why("a")).isEqualTo("Failed ObjectNotFound: no ConfigMap values");
    assertThat(fleet.succeed("c").assigned()).containsExactly("d=v1");
  }

  @Test
  void aClusterWhoseTargetIsUnknownKeepsItsStageFromBeingPassed() {
    var fleet = Fleet.of("a", "b").labels("a", "stage", "one").labels("b", "stage", "two");
    fleet.staged(stage("one"), stage("two"));
    fleet.cluster("a").unresolvable = true;
    assertThat(fleet.assigned()).isEmpty();
    assertThat(fleet.why("b"))
        .endsWith("stage one comes first: 0 of 1 cluster succeeded, 1 failed");
    fleet.maxFailed = new Share.Count(1);
    assertThat(fleet.assigned()).containsExactly("b=v1");
  }

  @ParameterizedTest
  @EnumSource(Joining.class)
  void aClusterThatJoinsGetsWhatThePolicySays(Joining joining) {
    var fleet = Fleet.of("a", "z").labels("a", "stage", "one").labels("z", "stage", "two");
    fleet.staged(stage("one"), stage("two"));
    fleet.joining = joining;
    fleet.step();
    fleet.joins("n", Map.of("stage", "two"));
    assertThat(fleet.assigned())
        .isEqualTo(
            switch (joining) {
              case STABLE -> List.of("n=v0");
              case TARGET -> List.of("n=v1");
              case WAIT -> List.of();
            });
    assertThat(fleet.untilItRests().outlook().phase()).isEqualTo(Phase.COMPLETED);
  }

  @Test
  void aClusterThatJoinsWithTheStableRevisionReportsOnItBeforeItsTurn() {
    var fleet = Fleet.of("a");
    fleet.step();
    fleet.joins("n", Map.of());
    assertThat(fleet.assigned()).containsExactly("n=v0");
    assertThat(fleet.why("n"))
        .isEqualTo("Pending Settling: has not reported on the stable revision yet");
    assertThat(fleet.assigned()).isEmpty();
    fleet.fail("n");
    assertThat(fleet.assigned()).containsExactly("n=v1");
  }

  @Test
  void aClusterThatNeverReportsOnTheStableRevisionIsNotWaitedForForEver() {
    var fleet = Fleet.of();
    fleet.joins("n", Map.of());
    assertThat(fleet.assigned()).containsExactly("n=v0");
    assertThat(fleet.plan().nextLook()).isEqualTo(fleet.world.now.plus(fleet.deadline));
    fleet.later(fleet.deadline);
    assertThat(fleet.assigned()).containsExactly("n=v1");
  }

  @Test
  void aClusterThatJoinsWhereNothingEverCompletedTakesItsTurn() {
    var fleet = Fleet.of();
    fleet.world.stable = null;
    fleet.joins("a", Map.of("stage", "one")).joins("b", Map.of("stage", "two"));
    fleet.staged(stage("one"), stage("two"));
    assertThat(fleet.assigned()).containsExactly("a=v1");
  }

  @Test
  void aClusterThatJoinsAfterCompletionGetsTheTarget() {
    var fleet = Fleet.of("a");
    fleet.untilItRests();
    fleet.joins("n", Map.of());
    var plan = fleet.step();
    assertThat(assignments(plan)).containsExactly("n=v1");
    assertThat(plan.outlook().phase()).isEqualTo(Phase.COMPLETED);
    assertThat(plan.steps()).isEmpty();
  }

  @Test
  void aClusterThatJoinsAfterAHaltGetsTheStableRevision() {
    var fleet = Fleet.of("a");
    fleet.joining = Joining.TARGET;
    fleet.step();
    fleet.fail("a").step();
    fleet.joins("n", Map.of());
    assertThat(fleet.assigned()).containsExactly("n=v0");
  }

  @Test
  void laterStagesWaitForAPassedOneThatHasSomethingToDo() {
    var fleet = Fleet.of("a", "b", "c").labels("a", "stage", "one").labels("b", "stage", "two");
    fleet.labels("c", "stage", "two").staged(stage("one"), stage("two"));
    fleet.maxUnready = new Share.Count(1);
    fleet.step();
    assertThat(fleet.succeed("a").assigned()).containsExactly("b=v1");
    fleet.cluster("a").binding++;
    assertThat(fleet.succeed("b").assigned()).containsExactly("a=v1");
    assertThat(fleet.why("c"))
        .isEqualTo(
            "Pending WaitingForStage: stage one comes first: 0 of 1 cluster succeeded,"
                + " 1 in progress");
    assertThat(fleet.succeed("a").assigned()).containsExactly("c=v1");
  }

  @Test
  void oneNewInAPassedStageIsEnoughForLaterStagesToWait() {
    var fleet = Fleet.of("a", "z").labels("a", "stage", "one").labels("z", "stage", "two");
    fleet.staged(stage("one"), stage("two"));
    fleet.step();
    fleet.succeed("a").joins("n", Map.of("stage", "one"));
    fleet.cluster("n").hold = new Hold(new Reason("WaitingForBootstrap", "not yet"), true);
    fleet.world.progress = fleet.plan().progress();
    fleet.world.clusters.remove("n");
    fleet.world.progress = fleet.plan().progress();
    fleet.joins("n", Map.of("stage", "one"));
    var plan = fleet.step();
    assertThat(assignments(plan)).containsExactly("n=v0");
    assertThat(Fleet.why(plan, "z")).startsWith("Pending WaitingForStage: stage one comes first");
  }

  @Test
  void stagesHaveNamesAndThereIsAtLeastOne() {
    assertThatThrownBy(() -> new Strategy.Staged(List.of(), Strategy.Unmatched.IGNORE))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> new Strategy.Staged(List.of(stage("x"), stage("x")), Strategy.Unmatched.IGNORE))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Stage.Sample(0, null))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Stage.Ramp(0, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Stage.Ramp(1, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aClusterThatJoinsWithTheTargetIsOneOfTheBatch() {
    var fleet = Fleet.of("a", "b");
    fleet.joining = Joining.TARGET;
    fleet.staged(ramp(1, 1));
    fleet.joins("n", Map.of());
    assertThat(fleet.assigned()).containsExactly("n=v1");
    assertThat(fleet.succeed("n").assigned()).containsExactly("a=v1");
  }

  @Test
  void theStageThatIsWaitedForIsOneThatWasNotPassed() {
    var fleet = Fleet.of("a", "b", "c").labels("a", "stage", "one").labels("b", "stage", "two");
    fleet.labels("c", "stage", "three");
    fleet.staged(stage("one"), after("two"), after("three", "one", "two"));
    fleet.step();
    fleet.succeed("a").step();
    assertThat(fleet.why("c")).startsWith("Pending WaitingForStage: stage two comes first");
  }
}
