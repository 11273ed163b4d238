package dev.tranche.rollout;

import static dev.tranche.rollout.Fleet.stage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BudgetTest {
  private static final Reason AWAY = new Reason("Away", "away");

  private static String[] names(int count) {
    return IntStream.range(0, count).mapToObj("c%02d"::formatted).toArray(String[]::new);
  }

  @ParameterizedTest
  @CsvSource({"10, 10, 1", "19, 10, 1", "20, 10, 2", "3, 10, 1", "3, 0, 1", "3, 66, 1", "3, 67, 2"})
  void aPercentageIsRoundedDownToAtLeastOne(int clusters, int percent, int at) {
    var fleet = Fleet.of(names(clusters));
    fleet.maxUnready = new Share.Percent(percent);
    assertThat(fleet.assigned()).hasSize(at);
  }

  @Test
  void sharesAreWithinBounds() {
    assertThat(new Share.Percent(100).of(Integer.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE);
    assertThat(new Share.Percent(50).of(3)).isEqualTo(1);
    assertThat(new Share.Count(3).of(1)).isEqualTo(3);
    assertThat(new Share.Count(0).of(1)).isZero();
    assertThatThrownBy(() -> new Share.Percent(101)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Share.Percent(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Share.Count(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void clustersWaitForTheBudgetAndSayHowItStands() {
    var fleet = Fleet.of("a", "b", "c");
    fleet.maxUnready = new Share.Count(2);
    assertThat(fleet.assigned()).containsExactly("a=v1", "b=v1");
    assertThat(fleet.why("c"))
        .isEqualTo("Pending WaitingForBudget: 2 of at most 2 clusters of stage all are unready");
    assertThat(fleet.succeed("b").assigned()).containsExactly("c=v1");
  }

  @Test
  void clustersThatCannotBeReachedCountForNothing() {
    var fleet = Fleet.of(names(20));
    fleet.maxUnready = new Share.Percent(10);
    fleet.cluster("c00").standing = new Standing.Unreachable(AWAY);
    assertThat(fleet.assigned()).containsExactly("c01=v1");
    fleet.cluster("c01").standing = new Standing.NotReady(AWAY);
    assertThat(fleet.assigned()).containsExactly("c02=v1");
    assertThat(fleet.why("c00")).isEqualTo("Unreachable Away: away");
    assertThat(fleet.why("c01")).isEqualTo("NotReady Away: away");
  }

  @Test
  void aFirstInstallCosts() {
    var fleet = Fleet.of();
    fleet.world.stable = null;
    fleet.joins("a", Map.of()).joins("b", Map.of());
    fleet.maxUnready = new Share.Count(1);
    assertThat(fleet.assigned()).containsExactly("a=v1");
  }

  @Test
  void whatIsUnreadyAlreadyCostsNothing() {
    var fleet = Fleet.of("a", "b", "c");
    fleet.maxUnready = new Share.Count(1);
    fleet.fail("b");
    assertThat(fleet.assigned()).containsExactly("b=v1");
    assertThat(fleet.assigned()).isEmpty();
  }

  @Test
  void whatIsInFlightToASupersededTargetKeepsCounting() {
    var fleet = Fleet.of("a", "b", "c");
    fleet.maxUnready = new Share.Count(1);
    assertThat(fleet.assigned()).containsExactly("a=v1");
    fleet.world.target = "v2";
    assertThat(fleet.assigned()).containsExactly("a=v2");
    assertThat(fleet.assigned()).isEmpty();
  }

  @Test
  void aStageAndTheFleetHaveTheirLimits() {
    var fleet = Fleet.of(names(20));
    for (int i = 0; i < 20; i++) {
      fleet.labels("c%02d".formatted(i), "stage", i < 10 ? "one" : "two");
    }
    fleet.staged(stage("one"), Fleet.after("two"));
    fleet.maxUnready = new Share.Percent(20);
    assertThat(fleet.assigned()).containsExactly("c00=v1", "c01=v1", "c10=v1", "c11=v1");
    fleet.maxUnready = new Share.Count(5);
    assertThat(fleet.assigned()).containsExactly("c02=v1");
    assertThat(fleet.why("c12"))
        .isEqualTo("Pending WaitingForBudget: 5 of at most 5 clusters of the fleet are unready");
  }

  @Test
  void theNumberOfAStageReplacesBoth() {
    var fleet = Fleet.of("a", "b", "c", "d").labels("d", "stage", "two");
    var one =
        new Stage(
            "one", l -> !l.containsKey("stage"), null, new Share.Count(2), List.of(), null, null);
    fleet.staged(one, Fleet.after("two"));
    fleet.maxUnready = new Share.Count(1);
    var plan = fleet.step();
    assertThat(Fleet.assignments(plan)).containsExactly("a=v1", "b=v1");
    assertThat(Fleet.why(plan, "d"))
        .isEqualTo("Pending WaitingForBudget: 2 of at most 1 clusters of the fleet are unready");
  }

  @Test
  void theLimitOfTheFleetHoldsForPinnedClustersWithoutAStage() {
    var fleet = Fleet.of("a", "b", "c").labels("c", "stage", "one");
    fleet.strategy = new Strategy.Staged(List.of(stage("one")), Strategy.Unmatched.IGNORE);
    fleet.maxUnready = new Share.Count(1);
    fleet.cluster("a").pin = new World.Pinned("v3", null);
    fleet.cluster("b").pin = new World.Pinned("v3", null);
    assertThat(fleet.assigned()).containsExactly("a=v3");
    assertThat(fleet.why("b"))
        .isEqualTo("Pending WaitingForBudget: 1 of at most 1 clusters of the fleet are unready");
    fleet.fail("a");
    fleet.cluster("a").pin = new World.Pinned("v2", null);
    assertThat(fleet.assigned()).containsExactly("a=v2");
  }

  @Test
  void aChangedValueGoesThroughTheBudget() {
    var fleet = Fleet.of("a", "b");
    fleet.untilItRests();
    fleet.maxUnready = new Share.Count(1);
    fleet.cluster("a").binding++;
    fleet.cluster("b").binding++;
    var plan = fleet.step();
    assertThat(Fleet.assignments(plan)).containsExactly("a=v1");
    assertThat(Fleet.steps(plan))
        .containsExactly(
            "RolloutResumed: clusters that had the revision are to run something else, or came"
                + " back");
    assertThat(plan.stableRevision()).isEqualTo("v1");
    assertThat(Fleet.steps(fleet.untilItRests())).isEmpty();
    assertThat(fleet.progress().completedAt()).isNotNull();
  }

  @Test
  void repairsCostNothing() {
    var fleet = Fleet.of("a", "b", "c");
    fleet.untilItRests();
    fleet.maxUnready = new Share.Count(1);
    fleet.cluster("a").tampered = true;
    fleet.cluster("b").tampered = true;
    assertThat(fleet.why("a"))
        .isEqualTo(
            "Pending Repairing: what it was assigned was changed by somebody else and is put"
                + " right");
    assertThat(fleet.assigned()).containsExactly("a=v1", "b=v1");
  }

  @Test
  void whatWasTamperedWithIsGivenTheTargetAtOnceInItsTurn() {
    var fleet = Fleet.of("a", "b");
    fleet.maxUnready = new Share.Count(1);
    fleet.cluster("b").tampered = true;
    fleet.step();
    assertThat(fleet.cluster("b").assigned).startsWith("v1");
    assertThat(fleet.cluster("a").assigned).startsWith("v0");
  }

  @Test
  void whatWasTamperedWithHasNotFailed() {
    var fleet = Fleet.of("a", "b");
    fleet.maxUnready = new Share.Count(1);
    fleet.step();
    fleet.succeed("a").later(fleet.deadline.multipliedBy(2)).step();
    fleet.cluster("a").tampered = true;
    var plan = fleet.plan();
    assertThat(plan.progress().decision()).isNull();
    assertThat(Fleet.of(plan, "a").atTarget()).isFalse();
  }

  @Test
  void whatWasTamperedWithStaysWhileNothingMayChange() {
    var fleet = Fleet.of("a", "b", "c");
    fleet.cluster("a").tampered = true;
    fleet.cluster("a").hold = new Hold(new Reason("ClusterPaused", "paused"), false);
    fleet.cluster("b").tampered = true;
    fleet.cluster("b").hold = new Hold(new Reason("DependencyNotReady", "not yet"), true);
    fleet.cluster("c").tampered = true;
    fleet.cluster("c").standing = new Standing.Unreachable(AWAY);
    assertThat(fleet.why("a")).isEqualTo("Held ClusterPaused: paused");
    assertThat(fleet.why("c")).isEqualTo("Unreachable Away: away");
    fleet.world.suspended = true;
    assertThat(fleet.why("b")).isEqualTo("Held Suspended: the module is suspended");
    assertThat(fleet.assigned()).isEmpty();
    fleet.world.suspended = false;
    assertThat(fleet.assigned()).containsExactly("b=v0");
  }

  @Test
  void whatFailedOnAnOlderRevisionDoesNotUseUpTheBudgetOfTheFleet() {
    var fleet = Fleet.of("a", "b", "c").labels("a", "stage", "one");
    fleet.staged(stage("one"));
    fleet.maxUnready = new Share.Count(1);
    fleet.fail("b");
    assertThat(fleet.assigned()).containsExactly("a=v1");
    assertThat(fleet.succeed("a").assigned()).containsExactly("b=v1");
    assertThat(fleet.why("c"))
        .isEqualTo(
            "Pending WaitingForBudget: 1 of at most 1 clusters of stage unmatched are unready");
  }

  @Test
  void whatIsMendedUsesUpTheBudgetOfTheFleet() {
    var fleet = Fleet.of("a", "b").labels("a", "stage", "one").labels("b", "stage", "two");
    fleet.staged(stage("one"), Fleet.after("two"));
    fleet.maxUnready = new Share.Count(1);
    fleet.fail("b");
    assertThat(fleet.assigned()).containsExactly("b=v1");
    assertThat(fleet.why("a"))
        .isEqualTo("Pending WaitingForBudget: 1 of at most 1 clusters of the fleet are unready");
  }
}
