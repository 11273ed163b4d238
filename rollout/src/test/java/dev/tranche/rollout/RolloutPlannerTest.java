package dev.tranche.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.rollout.Observation.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RolloutPlannerTest {
  private static final Reason REASON = new Reason("Because", "because");
  private static final Standing PARTICIPATING = new Standing.Participating();
  private static final Standing NOT_READY = new Standing.NotReady(REASON);
  private static final Standing UNREACHABLE = new Standing.Unreachable(REASON);

  static Stream<Arguments> situations() {
    return Stream.of(
        row("new", false, facts(PARTICIPATING, null, null, null), ClusterState.PENDING, true),
        row(
            "assigned, silent",
            false,
            facts(PARTICIPATING, null, "new", null),
            ClusterState.PROGRESSING,
            false),
        row(
            "assigned, reports on the old one",
            false,
            facts(PARTICIPATING, null, "new", seen("old", Outcome.SUCCEEDED)),
            ClusterState.PROGRESSING,
            false),
        row(
            "updating",
            false,
            facts(PARTICIPATING, null, "new", seen("new", Outcome.UPDATING)),
            ClusterState.PROGRESSING,
            false),
        row(
            "succeeded",
            false,
            facts(PARTICIPATING, null, "new", seen("new", Outcome.SUCCEEDED)),
            ClusterState.SUCCEEDED,
            false),
        row(
            "failed",
            false,
            facts(PARTICIPATING, null, "new", seen("new", Outcome.FAILED)),
            ClusterState.FAILED,
            false),
        row(
            "observed the target but assigned the old one",
            false,
            facts(PARTICIPATING, null, "old", seen("new", Outcome.SUCCEEDED)),
            ClusterState.PENDING,
            true),
        row(
            "at the old one",
            false,
            facts(PARTICIPATING, null, "old", seen("old", Outcome.SUCCEEDED)),
            ClusterState.PENDING,
            true),
        row(
            "suspended before the first",
            true,
            facts(PARTICIPATING, null, null, null),
            ClusterState.HELD,
            false),
        row(
            "suspended at the old one",
            true,
            facts(PARTICIPATING, null, "old", seen("old", Outcome.SUCCEEDED)),
            ClusterState.HELD,
            false),
        row(
            "suspended at the target",
            true,
            facts(PARTICIPATING, null, "new", seen("new", Outcome.SUCCEEDED)),
            ClusterState.SUCCEEDED,
            false),
        row("held", false, facts(PARTICIPATING, REASON, "old", null), ClusterState.HELD, false),
        row(
            "held at the target",
            false,
            facts(PARTICIPATING, REASON, "new", seen("new", Outcome.SUCCEEDED)),
            ClusterState.SUCCEEDED,
            false),
        row("not ready", false, facts(NOT_READY, null, null, null), ClusterState.NOT_READY, false),
        row(
            "not ready any more",
            false,
            facts(NOT_READY, null, "new", seen("new", Outcome.SUCCEEDED)),
            ClusterState.NOT_READY,
            false),
        row(
            "unreachable",
            false,
            facts(UNREACHABLE, null, null, null),
            ClusterState.UNREACHABLE,
            true),
        row(
            "unreachable and suspended",
            true,
            facts(UNREACHABLE, null, null, null),
            ClusterState.UNREACHABLE,
            false),
        row(
            "unresolvable",
            false,
            new ClusterFacts(
                "c", PARTICIPATING, null, new Target.Unresolvable(REASON), "old", null),
            ClusterState.FAILED,
            false));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("situations")
  void decides(
      String name, boolean suspended, ClusterFacts facts, ClusterState state, boolean assign) {
    var plan = RolloutPlanner.plan(new RolloutState(suspended, List.of(facts)));
    assertThat(plan.clusters())
        .singleElement()
        .satisfies(cluster -> {
          assertThat(cluster.state()).isEqualTo(state);
          assertThat(cluster.assign()).isEqualTo(assign);
          assertThat(cluster.reason().code()).isNotBlank();
        });
    assertThat(plan.counts().values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(1);
    assertThat(plan.counts().get(state)).isEqualTo(1);
  }

  /**
   * Every combination of what a cluster can be: nothing is assigned that may not be, and a carried
   * out plan is stable.
   */
  @Test
  void holdsForEverySituation() {
    var all = new ArrayList<ClusterFacts>();
    for (var standing : List.of(PARTICIPATING, NOT_READY, UNREACHABLE)) {
      for (var hold : new Reason[] {null, REASON}) {
        for (var assigned : new String[] {null, "old", "new"}) {
          for (var revision : List.of("old", "new")) {
            for (var outcome : Outcome.values()) {
              for (var target :
                  List.of(new Target.Revision("new"), new Target.Unresolvable(REASON))) {
                all.add(
                    new ClusterFacts(
                        "c" + all.size(),
                        standing,
                        hold,
                        target,
                        assigned,
                        seen(revision, outcome)));
              }
            }
          }
        }
      }
    }
    for (var suspended : List.of(true, false)) {
      var state = new RolloutState(suspended, all);
      var plan = RolloutPlanner.plan(state);
      assertThat(RolloutPlanner.plan(state)).isEqualTo(plan);
      assertThat(plan.counts().values().stream().mapToInt(Integer::intValue).sum())
          .isEqualTo(all.size());
      var next = new ArrayList<ClusterFacts>();
      for (int i = 0; i < all.size(); i++) {
        var facts = all.get(i);
        var decided = plan.clusters().get(i);
        if (decided.assign()) {
          assertThat(suspended).isFalse();
          assertThat(facts.standing()).isNotEqualTo(NOT_READY);
          assertThat(facts.hold()).isNull();
          assertThat(facts.target()).isInstanceOf(Target.Revision.class);
        }
        if (decided.state() == ClusterState.SUCCEEDED) {
          assertThat(facts.assigned()).isEqualTo("new");
          assertThat(facts.observed()).isEqualTo(seen("new", Outcome.SUCCEEDED));
        }
        next.add(
            decided.assign()
                ? new ClusterFacts(
                    facts.name(),
                    facts.standing(),
                    facts.hold(),
                    facts.target(),
                    "new",
                    facts.observed())
                : facts);
      }
      assertThat(RolloutPlanner.plan(new RolloutState(suspended, next)).clusters())
          .noneMatch(ClusterPlan::assign);
    }
  }

  private static Arguments row(
      String name, boolean suspended, ClusterFacts facts, ClusterState state, boolean assign) {
    return Arguments.of(name, suspended, facts, state, assign);
  }

  private static ClusterFacts facts(
      Standing standing,
      @Nullable Reason hold,
      @Nullable String assigned,
      @Nullable Observation observed) {
    return new ClusterFacts("c", standing, hold, new Target.Revision("new"), assigned, observed);
  }

  private static Observation seen(String revision, Outcome outcome) {
    return new Observation(revision, outcome, REASON);
  }
}
