package dev.tranche.rollout;

import dev.tranche.rollout.FailurePolicy.Action;
import dev.tranche.rollout.Observation.Outcome;
import dev.tranche.rollout.RolloutProgress.StageProgress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A state as somebody reads it who knows the design but not the planner. Of the plan only the
 * recorded samples are taken, since who is in a sample is the planner's own choice.
 */
final class Outside {
  static final int NOWHERE = -1;

  final RolloutState state;
  final List<Stage> stages;
  final List<List<Integer>> before;
  final int[] stageOf;

  Outside(RolloutState state, RolloutProgress samples) {
    this.state = state;
    stages = new ArrayList<>();
    boolean unmatchedLast = false;
    switch (state.policy().strategy()) {
      case Strategy.Staged(var all, var unmatched) -> {
        stages.addAll(all);
        unmatchedLast = unmatched == Strategy.Unmatched.LAST_STAGE;
      }
      case Strategy.Replace(), Strategy.Incremental() ->
          stages.add(new Stage("all", _ -> true, null, null, List.of(), null, null));
    }
    stageOf = new int[state.clusters().size()];
    for (int c = 0; c < stageOf.length; c++) {
      stageOf[c] = stageOf(state.clusters().get(c), samples);
    }
    if (unmatchedLast && any(c -> stageOf[c] == NOWHERE)) {
      Arrays.setAll(stageOf, c -> stageOf[c] == NOWHERE ? stages.size() : stageOf[c]);
      var names = stages.stream().map(Stage::name).toList();
      stages.add(new Stage("unmatched", _ -> true, null, null, List.of(), null, names));
    }
    before = new ArrayList<>();
    for (int s = 0; s < stages.size(); s++) {
      var after = stages.get(s).after();
      var list = new ArrayList<Integer>();
      for (int b = 0; b < stages.size(); b++) {
        if (after == null ? b == s - 1 : after.contains(stages.get(b).name())) {
          list.add(b);
        }
      }
      before.add(list);
    }
  }

  private int stageOf(ClusterFacts cluster, RolloutProgress samples) {
    for (int s = 0; s < stages.size(); s++) {
      var stage = stages.get(s);
      boolean matches = stage.selector().matches(cluster.labels());
      if (matches
          && (stage.sample() == null || progress(samples, s).sampled().contains(cluster.name()))) {
        return s;
      }
    }
    return NOWHERE;
  }

  StageProgress progress(RolloutProgress progress, int stage) {
    return progress.stages().getOrDefault(stages.get(stage).name(), StageProgress.NONE);
  }

  /** Whether some stages wait for each other. */
  boolean circular() {
    return IntStream.range(0, stages.size()).anyMatch(s -> leadsTo(s, s, new HashSet<>()));
  }

  private boolean leadsTo(int from, int to, Set<Integer> seen) {
    return before.get(from).stream()
        .anyMatch(b -> b == to || (seen.add(b) && leadsTo(b, to, seen)));
  }

  /** Whether the rollout as a whole is refused. */
  boolean refused() {
    return circular()
        || (state.policy().strategy() instanceof Strategy.Staged(_, var unmatched)
            && unmatched == Strategy.Unmatched.REJECT
            && any(c -> stageOf[c] == NOWHERE));
  }

  ClusterFacts facts(int c) {
    return state.clusters().get(c);
  }

  int size() {
    return stageOf.length;
  }

  boolean any(IntPredicate condition) {
    return IntStream.range(0, size()).anyMatch(condition);
  }

  int count(IntPredicate condition) {
    return (int) IntStream.range(0, size()).filter(condition).count();
  }

  boolean there(int c) {
    return facts(c).standing() instanceof Standing.Participating;
  }

  @Nullable Pin pin(int c) {
    var pin = facts(c).pin();
    return pin == null || (pin.until() != null && !state.now().isBefore(pin.until())) ? null : pin;
  }

  /** Whether it can take part in the rollout. */
  boolean takesPart(int c) {
    var hold = facts(c).hold();
    return there(c) && pin(c) == null && stageOf[c] != NOWHERE && (hold == null || hold.passing());
  }

  static @Nullable String word(@Nullable Target target) {
    return target instanceof Target.Revision(var word) ? word : null;
  }

  @Nullable String target(int c) {
    return word(facts(c).target());
  }

  @Nullable String stable(int c) {
    return word(facts(c).stable());
  }

  boolean reported(int c, Outcome outcome) {
    var facts = facts(c);
    return !facts.tampered()
        && facts.observed() != null
        && facts.observed().revision().equals(facts.assigned())
        && facts.observed().outcome() == outcome;
  }

  /** Whether it has not succeeded on what it was assigned. */
  boolean unready(int c) {
    return there(c) && facts(c).assigned() != null && !reported(c, Outcome.SUCCEEDED);
  }

  /** Whether it failed on what it had before, which does not use up the budget of the fleet. */
  boolean brokenBefore(int c) {
    return unready(c) && !hasTarget(c) && (reported(c, Outcome.FAILED) || late(c));
  }

  boolean hasTarget(int c) {
    return Reading.is(facts(c).target(), facts(c).assigned());
  }

  boolean succeeded(int c) {
    return hasTarget(c) && reported(c, Outcome.SUCCEEDED);
  }

  boolean failed(int c) {
    return hasTarget(c) && (reported(c, Outcome.FAILED) || late(c));
  }

  private boolean late(int c) {
    Instant since = facts(c).since();
    return !reported(c, Outcome.SUCCEEDED)
        && !facts(c).tampered()
        && since != null
        && !state.now().isBefore(since.plus(state.policy().failure().progressDeadline()));
  }

  int failures() {
    return count(c -> takesPart(c) && failed(c));
  }

  int failuresAllowed() {
    return of(state.policy().failure().maxFailed(), count(this::takesPart));
  }

  boolean tolerant() {
    return state.policy().failure().action() == Action.CONTINUE;
  }

  /** Whether nothing is to be expected of a cluster any more. */
  boolean settled(int c) {
    return target(c) == null || succeeded(c) || failed(c);
  }

  boolean settledIn(int stage) {
    return !any(c -> stageOf[c] == stage && takesPart(c) && !settled(c));
  }

  boolean repairs(int c, String assign) {
    return facts(c).tampered() && assign.equals(facts(c).assigned());
  }

  boolean inWindow() {
    var windows = state.policy().windows();
    return windows.isEmpty() || windows.stream().anyMatch(w -> w.at(state.now()).open());
  }

  static int of(Share share, int clusters) {
    return switch (share) {
      case Share.Count(int count) -> count;
      case Share.Percent(int percent) -> (int) Math.floor(clusters * percent / 100.0 + 1e-9);
    };
  }

  /** How many clusters of a stage may be unready. */
  int limit(int stage) {
    var own = stages.get(stage).maxUnready();
    return Math.max(
        1,
        of(
            own == null ? state.policy().maxUnready() : own,
            count(c -> stageOf[c] == stage && there(c))));
  }

  int limitOfFleet() {
    return Math.max(1, of(state.policy().maxUnready(), count(this::there)));
  }

  int unreadyIn(int stage) {
    return count(c -> stageOf[c] == stage && unready(c));
  }

  boolean hasOwnLimit(int c) {
    return stageOf[c] != NOWHERE && stages.get(stageOf[c]).maxUnready() != null;
  }

  /** The state once a plan was recorded, and so much of it carried out. */
  static RolloutState after(
      RolloutState state, RolloutPlan plan, IntPredicate carriedOut, Instant now) {
    var clusters = new ArrayList<ClusterFacts>();
    for (int c = 0; c < state.clusters().size(); c++) {
      var facts = state.clusters().get(c);
      var assign = carriedOut.test(c) ? plan.clusters().get(c).assign() : null;
      var observed = facts.observed();
      // A cluster that is told to run what it still reports is there at once, which gives its
      // place in the budget to another. Here it is taken to notice.
      if (assign != null && observed != null && observed.revision().equals(assign)) {
        observed = new Observation(assign, Outcome.UPDATING, observed.reason());
      }
      clusters.add(
          new ClusterFacts(
              facts.name(),
              facts.labels(),
              facts.standing(),
              facts.hold(),
              facts.pin(),
              facts.target(),
              state.targetRevision().equals(plan.stableRevision())
                  ? facts.target()
                  : facts.stable(),
              assign == null ? facts.assigned() : assign,
              assign == null && facts.tampered(),
              observed,
              assign == null ? facts.since() : state.now()));
    }
    return new RolloutState(
        now,
        state.suspended(),
        state.targetRevision(),
        plan.stableRevision(),
        state.policy(),
        clusters,
        plan.progress(),
        state.attempt(),
        state.approvals(),
        Map.copyOf(state.checks()));
  }
}
