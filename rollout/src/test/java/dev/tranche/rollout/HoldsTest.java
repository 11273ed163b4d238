package dev.tranche.rollout;

import static dev.tranche.rollout.Fleet.assignments;
import static dev.tranche.rollout.Fleet.stage;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.rollout.Observation.Outcome;
import dev.tranche.rollout.Outlook.Phase;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Pins, holds, windows and suspension: what keeps a cluster as it is. */
class HoldsTest {
  private static final Reason NOT_YET = new Reason("DependencyNotReady", "dns has not succeeded");

  @Test
  void aPinWithoutARevisionKeepsWhatIsThere() {
    var fleet = Fleet.of("a", "b");
    fleet.cluster("a").pin = new World.Pinned(null, null);
    assertThat(fleet.assigned()).containsExactly("b=v1");
    assertThat(fleet.why("a")).isEqualTo("Held Pinned: pinned: a person said so");
    assertThat(fleet.succeed("b").step().outlook().phase()).isEqualTo(Phase.COMPLETED);
  }

  @Test
  void aPinBringsItsRevisionWithinBudgetAndWindow() {
    var fleet = Fleet.of("a", "b");
    fleet.maxUnready = new Share.Count(1);
    fleet.cluster("b").pin = new World.Pinned("v3", null);
    fleet.windows = List.of(_ -> new Window.Phase(false, null));
    assertThat(fleet.why("b")).isEqualTo("Held OutsideWindow: no window is ever open again");
    fleet.windows = List.of();
    assertThat(fleet.assigned()).containsExactly("b=v3");
    assertThat(fleet.why("b")).isEqualTo("Progressing Assigned: assigned, no report on it yet");
    assertThat(fleet.succeed("b").assigned()).containsExactly("a=v1");
    assertThat(fleet.why("b")).isEqualTo("Held Pinned: pinned: a person said so");
  }

  @Test
  void aPinnedClusterThatFailsSaysSoAndStopsNothing() {
    var fleet = Fleet.of("a", "b");
    fleet.cluster("b").pin = new World.Pinned("v3", null);
    fleet.untilItRests();
    fleet.fail("b");
    assertThat(fleet.why("b")).startsWith("Failed ");
    assertThat(fleet.succeed("a").step().outlook().phase()).isEqualTo(Phase.COMPLETED);
  }

  @Test
  void aPinEnds() {
    var fleet = Fleet.of("a", "b");
    Instant end = fleet.world.now.plus(Duration.ofHours(1));
    fleet.cluster("a").pin = new World.Pinned("v0", end);
    fleet.cluster("b").pin = new World.Pinned("v0", end.plusSeconds(1));
    var plan = fleet.step();
    assertThat(Fleet.why(plan, "a"))
        .isEqualTo("Held Pinned: pinned until %s: a person said so".formatted(end));
    assertThat(plan.nextLook()).isEqualTo(end);
    assertThat(plan.outlook())
        .isEqualTo(new Outlook(Phase.NO_CLUSTERS, "no cluster can take part"));
    fleet.later(Duration.ofHours(1));
    assertThat(fleet.assigned()).containsExactly("a=v1");
  }

  @Test
  void aPinToWhatIsUnknownSaysSo() {
    var fleet = Fleet.of("a");
    fleet.cluster("a").pin = new World.Pinned("v9", null);
    fleet.cluster("a").unresolvable = true;
    assertThat(fleet.why("a")).isEqualTo("Held ObjectNotFound: no ConfigMap values");
  }

  @Test
  void aPinToTheTargetBringsItAheadOfItsStage() {
    var fleet = Fleet.of("a", "b").labels("a", "stage", "one").labels("b", "stage", "two");
    fleet.staged(stage("one"), stage("two"));
    fleet.cluster("b").pin = new World.Pinned("v1", null);
    assertThat(fleet.assigned()).containsExactly("a=v1", "b=v1");
    assertThat(fleet.why("b")).startsWith("Progressing Assigned");
    assertThat(fleet.succeed("b").why("b")).startsWith("Succeeded");
    assertThat(Fleet.of(fleet.plan(), "b").atTarget()).isTrue();
    assertThat(fleet.fail("b").why("b")).startsWith("Failed");
    assertThat(fleet.plan().progress().decision()).isNull();
  }

  @Test
  void aPinToTheTargetDoesNotBringItAfterAHalt() {
    var fleet = Fleet.of("a", "b").labels("a", "stage", "one").labels("b", "stage", "two");
    fleet.staged(stage("one"), stage("two"));
    fleet.step();
    fleet.fail("a").step();
    fleet.cluster("b").pin = new World.Pinned("v1", null);
    assertThat(fleet.assigned()).isEmpty();
    assertThat(fleet.why("b")).startsWith("Held Halted: the rollout was stopped: 1 of 2 clusters");
    fleet.cluster("b").pin = new World.Pinned("v2", null);
    assertThat(fleet.assigned()).containsExactly("b=v2");
  }

  @Test
  void aPinnedClusterThatIsHeldWaits() {
    var fleet = Fleet.of("a");
    fleet.cluster("a").pin = new World.Pinned("v2", null);
    fleet.cluster("a").hold = new Hold(NOT_YET, true);
    assertThat(fleet.assigned()).isEmpty();
    assertThat(fleet.why("a")).isEqualTo("Held DependencyNotReady: dns has not succeeded");
    fleet.cluster("a").hold = null;
    fleet.world.suspended = true;
    assertThat(fleet.why("a")).isEqualTo("Held Suspended: the module is suspended");
  }

  @Test
  void aStageWaitsForWhatPassesByItself() {
    var fleet = Fleet.of("a", "b").labels("a", "stage", "one").labels("b", "stage", "two");
    fleet.staged(stage("one"), stage("two"));
    fleet.cluster("a").hold = new Hold(NOT_YET, true);
    assertThat(fleet.assigned()).isEmpty();
    assertThat(fleet.why("a")).isEqualTo("Held DependencyNotReady: dns has not succeeded");
    fleet.cluster("a").hold = new Hold(new Reason("ClusterPaused", "paused"), false);
    assertThat(fleet.assigned()).containsExactly("b=v1");
    assertThat(fleet.why("a")).isEqualTo("Held ClusterPaused: paused");
  }

  @Test
  void nothingChangesWhileSuspended() {
    var fleet = Fleet.of("a", "b", "c");
    fleet.maxUnready = new Share.Count(1);
    fleet.step();
    fleet.world.suspended = true;
    var plan = fleet.succeed("a").step();
    assertThat(assignments(plan)).isEmpty();
    assertThat(plan.outlook()).isEqualTo(new Outlook(Phase.SUSPENDED, "suspended"));
    assertThat(Fleet.why(plan, "a")).startsWith("Succeeded");
    assertThat(Fleet.why(plan, "b")).isEqualTo("Held Suspended: the module is suspended");
    fleet.world.suspended = false;
    assertThat(fleet.assigned()).containsExactly("b=v1");
    fleet.untilItRests();
    fleet.world.suspended = true;
    assertThat(fleet.plan().outlook().phase()).isEqualTo(Phase.COMPLETED);
  }

  @Test
  void changesWaitForAWindow() {
    var fleet = Fleet.of("a", "b");
    fleet.maxUnready = new Share.Count(1);
    Instant opens = fleet.world.now.plus(Duration.ofHours(2));
    fleet.windows =
        List.of(
            _ -> new Window.Phase(false, null),
            _ -> new Window.Phase(false, opens.plusSeconds(1)),
            now ->
                now.isBefore(opens)
                    ? new Window.Phase(false, opens)
                    : new Window.Phase(true, opens.plusSeconds(60)));
    var plan = fleet.step();
    assertThat(assignments(plan)).isEmpty();
    assertThat(Fleet.why(plan, "a"))
        .isEqualTo("Held OutsideWindow: the next window opens at " + opens);
    assertThat(plan.outlook())
        .isEqualTo(new Outlook(Phase.OUTSIDE_WINDOW, "the next window opens at " + opens));
    assertThat(plan.nextLook()).isEqualTo(opens);
    fleet.later(Duration.ofHours(2));
    plan = fleet.step();
    assertThat(assignments(plan)).containsExactly("a=v1");
    assertThat(plan.nextLook()).isEqualTo(opens.plusSeconds(60));
    assertThat(fleet.plan().outlook().phase()).isEqualTo(Phase.ROLLING_OUT);
  }

  @Test
  void whatIsUnderwayGoesOnOutsideOfWindows() {
    var fleet = Fleet.of("a", "b");
    fleet.maxUnready = new Share.Count(1);
    fleet.step();
    fleet.windows = List.of(_ -> new Window.Phase(false, null));
    var plan = fleet.step();
    assertThat(plan.outlook().phase()).isEqualTo(Phase.ROLLING_OUT);
    assertThat(fleet.succeed("a").step().outlook())
        .isEqualTo(new Outlook(Phase.OUTSIDE_WINDOW, "no window is ever open again"));
  }

  @Test
  void aWindowDoesNotMatterToAFleetAtRest() {
    var fleet = Fleet.of("a");
    fleet.untilItRests();
    fleet.windows =
        List.of(_ -> new Window.Phase(false, fleet.world.now.plus(Duration.ofHours(1))));
    assertThat(fleet.plan().nextLook()).isNull();
    fleet.cluster("a").hold = new Hold(NOT_YET, true);
    fleet.world.target = "v2";
    fleet.step();
    assertThat(fleet.plan().outlook().phase()).isEqualTo(Phase.ROLLING_OUT);
    assertThat(fleet.plan().nextLook()).isNull();
  }

  @Test
  void aClusterThatJoinsWaitsForAWindowToo() {
    var fleet = Fleet.of("a");
    fleet.step();
    Instant opens = fleet.world.now.plus(Duration.ofMinutes(5));
    fleet.windows = List.of(_ -> new Window.Phase(false, opens));
    fleet.joins("n", Map.of());
    var plan = fleet.step();
    assertThat(assignments(plan)).isEmpty();
    assertThat(Fleet.why(plan, "n")).startsWith("Held OutsideWindow");
    assertThat(plan.nextLook()).isEqualTo(opens);
  }

  @Test
  void theNextLookIsTheEarliestOne() {
    var fleet = Fleet.of("a", "b");
    fleet.step();
    fleet.later(Duration.ofMinutes(1)).cluster("b").since = fleet.world.now;
    assertThat(fleet.plan().nextLook())
        .isEqualTo(fleet.world.now.plus(fleet.deadline).minus(Duration.ofMinutes(1)));
    fleet.succeed("a").cluster("b").report(fleet.world.now, Outcome.UPDATING);
    assertThat(fleet.plan().nextLook()).isEqualTo(fleet.world.now.plus(fleet.deadline));
    fleet.cluster("b").standing = new Standing.Unreachable(NOT_YET);
    assertThat(fleet.plan().nextLook()).isNull();
  }

  @Test
  void aClusterThatJoinsAfterAHaltWaitsForAWindowToo() {
    var fleet = Fleet.of("a");
    fleet.step();
    fleet.fail("a").step();
    Instant opens = fleet.world.now.plus(Duration.ofMinutes(5));
    fleet.windows = List.of(_ -> new Window.Phase(false, opens));
    assertThat(fleet.plan().nextLook()).isNull();
    fleet.joins("n", Map.of());
    assertThat(fleet.plan().nextLook()).isEqualTo(opens);
  }

  @Test
  void aPinIsAboutToBringItsRevision() {
    var fleet = Fleet.of("a");
    fleet.cluster("a").pin = new World.Pinned("v3", null);
    assertThat(fleet.why("a")).isEqualTo("Pending Pinned: pinned: a person said so");
  }
}
