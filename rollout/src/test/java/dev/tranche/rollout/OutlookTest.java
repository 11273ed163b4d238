package dev.tranche.rollout;

import static dev.tranche.rollout.Fleet.stage;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.rollout.Outlook.Phase;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What is said of a rollout as a whole. */
class OutlookTest {
  @Test
  void aRolloutTellsItsStory() {
    var fleet = Fleet.of("a", "b").labels("a", "stage", "one").labels("b", "stage", "two");
    fleet.staged(stage("one"), stage("two"));
    assertThat(Fleet.steps(fleet.step()))
        .containsExactly("RolloutStarted: a new rollout begins", "StageBegun: stage one begins");
    assertThat(Fleet.steps(fleet.succeed("a").step()))
        .containsExactly("StagePassed: stage one was passed", "StageBegun: stage two begins");
    assertThat(Fleet.steps(fleet.succeed("b").step()))
        .containsExactly(
            "StagePassed: stage two was passed", "RolloutCompleted: the rollout completed");
    assertThat(Fleet.steps(fleet.step())).isEmpty();
    fleet.world.target = "v2";
    assertThat(Fleet.steps(fleet.step()))
        .containsExactly("RolloutStarted: a new rollout begins", "StageBegun: stage one begins");
  }

  @Test
  void anEmptyFleetHasNothingToComplete() {
    var fleet = Fleet.of();
    var plan = fleet.step();
    assertThat(plan.outlook())
        .isEqualTo(new Outlook(Phase.NO_CLUSTERS, "no cluster can take part"));
    assertThat(plan.counts().values()).containsOnly(0);
    assertThat(plan.progress().completedAt()).isNull();
    assertThat(plan.progress().startedAt()).isEqualTo(fleet.world.now);
  }

  @Test
  void aFleetThatIsAwayPassesNoStage() {
    var fleet = Fleet.of("a");
    fleet.cluster("a").standing = new Standing.NotReady(new Reason("Away", "away"));
    assertThat(fleet.step().stages())
        .singleElement()
        .satisfies(all -> assertThat(all.state()).isEqualTo(StagePlan.State.WAITING));
    assertThat(fleet.world.stable).isEqualTo("v0");
  }

  @Test
  void progressIsRememberedAndStagesThatAreGoneAreForgotten() {
    var fleet = Fleet.of("a", "b").labels("a", "stage", "one").labels("b", "stage", "two");
    fleet.staged(stage("one"), stage("two"));
    Instant start = fleet.world.now;
    fleet.step();
    fleet.later(Duration.ofMinutes(1)).succeed("a").step();
    var progress = fleet.progress();
    assertThat(progress.startedAt()).isEqualTo(start);
    assertThat(Fleet.progress(progress, "one").startedAt()).isEqualTo(start);
    assertThat(Fleet.progress(progress, "one").passedAt()).isEqualTo(fleet.world.now);
    assertThat(Fleet.progress(progress, "two").startedAt()).isEqualTo(fleet.world.now);
    fleet.staged(stage("two"));
    assertThat(fleet.plan().progress().stages()).containsOnlyKeys("two", "unmatched");
  }

  @Test
  void completionIsRememberedUntilThereIsSomethingToDo() {
    var fleet = Fleet.of("a");
    fleet.untilItRests();
    Instant completed = fleet.world.now;
    fleet.later(Duration.ofHours(1));
    assertThat(fleet.step().progress().completedAt()).isEqualTo(completed);
    fleet.cluster("a").binding++;
    assertThat(fleet.step().progress().completedAt()).isNull();
    assertThat(fleet.plan().outlook().message())
        .isEqualTo("stage all: 0 of 1 cluster succeeded, 1 in progress");
  }

  @Test
  void everyCodeIsAWordOfItsOwn() {
    assertThat(Arrays.stream(ReasonCode.values()).map(ReasonCode::word))
        .doesNotHaveDuplicates()
        .allMatch(Pattern.compile("[A-Z][A-Za-z]+").asMatchPredicate());
    assertThat(Arrays.stream(ClusterState.values()).map(ClusterState::word))
        .containsExactly(
            "NotReady", "Held", "Pending", "Progressing", "Succeeded", "Failed", "Unreachable");
  }

  @Test
  void countsOfStagesAddUp() {
    var fleet = Fleet.of("a", "b", "c").labels("a", "stage", "one").labels("b", "stage", "one");
    fleet.staged(stage("one"));
    fleet.maxUnready = new Share.Count(1);
    fleet.step();
    var plan = fleet.plan();
    assertThat(plan.stages().getFirst().counts())
        .containsEntry(ClusterState.PROGRESSING, 1)
        .containsEntry(ClusterState.PENDING, 1)
        .hasSize(ClusterState.values().length);
    assertThat(plan.stages().get(1).counts()).containsEntry(ClusterState.PENDING, 1);
    assertThat(plan.counts())
        .containsEntry(ClusterState.PROGRESSING, 1)
        .containsEntry(ClusterState.PENDING, 2);
  }

  @Test
  void durationsAreSaidAsKubernetesSaysThem() {
    assertThat(Words.duration(Duration.ZERO)).isEqualTo("0s");
    assertThat(Words.duration(Duration.ofMinutes(90))).isEqualTo("1h30m");
    assertThat(Words.clusters(1)).isEqualTo("1 cluster");
    assertThat(Words.clusters(0)).isEqualTo("0 clusters");
    assertThat(Words.after(Instant.EPOCH, Duration.ofSeconds(1))).isEqualTo("1970-01-01T00:00:01Z");
    assertThat(Words.after(Instant.MAX, Duration.ofSeconds(1))).isEqualTo(Instant.MAX);
  }

  @Test
  void anotherPlanIsRecordedByAnotherObject() {
    var fleet = Fleet.of("a");
    assertThat(fleet.plan()).isEqualTo(fleet.plan());
    fleet.joins("b", Map.of());
    assertThat(fleet.plan().clusters()).hasSize(2);
  }
}
