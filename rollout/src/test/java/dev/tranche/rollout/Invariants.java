package dev.tranche.rollout;

import static dev.tranche.rollout.Violation.unless;

import dev.tranche.rollout.FailurePolicy.Action;
import dev.tranche.rollout.RolloutProgress.Decision;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What the design says must always hold of a plan, by the numbers that it has there. */
final class Invariants {
  private final Planner planner;
  private final RolloutState state;
  private final RolloutPlan plan;
  private final Outside view;

  private Invariants(Planner planner, RolloutState state, RolloutPlan plan) {
    this.planner = planner;
    this.state = state;
    this.plan = plan;
    this.view = new Outside(state, plan.progress());
  }

  /** Throws a {@link Violation} where something does not hold of a plan for a state. */
  static void check(Planner planner, RolloutState state, RolloutPlan plan, RandomGenerator random) {
    var invariants = new Invariants(planner, state, plan);
    invariants.everyClusterIsInOneState();
    invariants.countsAddUp();
    invariants.statesAreTrue();
    invariants.assignmentsAreAllowed();
    invariants.budgetIsKept();
    invariants.stagesComeInTurn();
    invariants.samplesAreSmall();
    invariants.stagesPassWhenTheyMay();
    invariants.breachesAreNoticed();
    invariants.onlyWhatCompletedIsStable();
    invariants.planningAgainChangesNothing(random);
  }

  // 1

  private void budgetIsKept() {
    if (state.policy().strategy() instanceof Strategy.Replace) {
      return;
    }
    for (int s = 0; s < view.stages.size(); s++) {
      int stage = s;
      int costs = view.count(c -> view.stageOf[c] == stage && costs(c));
      unless(
          costs == 0 || view.unreadyIn(s) + costs <= view.limit(s),
          1,
          "%d clusters of stage %s are unready and %d more would be, of at most %d",
          view.unreadyIn(s),
          view.stages.get(s).name(),
          costs,
          view.limit(s));
    }
    int unready =
        view.count(c -> view.unready(c) && (!view.brokenBefore(c) || moves(c)))
            + view.count(this::costs);
    unless(
        !view.any(c -> !view.hasOwnLimit(c) && costs(c)) || unready <= view.limitOfFleet(),
        1,
        "%d clusters of the fleet would be unready, of at most %d",
        unready,
        view.limitOfFleet());
    for (int c = 0; c < view.size(); c++) {
      if (reasonOf(c).equals(ReasonCode.WAITING_FOR_BUDGET.word())) {
        int stage = view.stageOf[c];
        boolean stageIsFull =
            stage != Outside.NOWHERE
                && view.unreadyIn(stage) + view.count(o -> view.stageOf[o] == stage && costs(o))
                    >= view.limit(stage);
        boolean fleetIsFull = !view.hasOwnLimit(c) && unready >= view.limitOfFleet();
        unless(
            stageIsFull || fleetIsFull,
            8,
            "%s waits for a budget that is not exhausted",
            view.facts(c).name());
      }
    }
  }

  private boolean moves(int c) {
    var assign = assign(c);
    return assign != null && !view.repairs(c, assign);
  }

  private boolean costs(int c) {
    var assign = assign(c);
    return assign != null && !view.unready(c) && !view.repairs(c, assign);
  }

  // 2

  private void stagesComeInTurn() {
    for (int c = 0; c < view.size(); c++) {
      var assign = assign(c);
      if (assign == null
          || !assign.equals(view.target(c))
          || view.pin(c) != null
          || view.repairs(c, assign)
          || assign.equals(view.stable(c))) {
        continue;
      }
      boolean joins =
          state.policy().joining() == Joining.TARGET
              && view.facts(c).assigned() == null
              && view.stable(c) != null;
      unless(!view.refused(), 2, "%s gets the target in a refused rollout", name(c));
      int stage = view.stageOf[c];
      unless(stage != Outside.NOWHERE, 2, "%s has no stage and gets the target", name(c));
      for (int b : view.before.get(stage)) {
        unless(
            joins || view.progress(plan.progress(), b).passed(),
            2,
            "%s gets the target before stage %s was passed",
            name(c),
            view.stages.get(b).name());
      }
    }
  }

  private void samplesAreSmall() {
    for (int s = 0; s < view.stages.size(); s++) {
      var sample = view.stages.get(s).sample();
      var taken = view.progress(plan.progress(), s).sampled();
      if (sample == null) {
        unless(taken.isEmpty(), 2, "stage %s samples nothing", view.stages.get(s).name());
        continue;
      }
      var before =
          sameRollout() == null
              ? Set.<String>of()
              : view.progress(Objects.requireNonNull(sameRollout()), s).sampled();
      var perValue = new HashMap<String, Integer>();
      var grown = new HashSet<String>();
      for (int c = 0; c < view.size(); c++) {
        if (taken.contains(name(c))) {
          var label = sample.perLabel();
          var value = label == null ? "" : view.facts(c).labels().getOrDefault(label, "");
          perValue.merge(value, 1, Integer::sum);
          if (!before.contains(name(c))) {
            grown.add(value);
          }
        }
      }
      unless(
          grown.stream()
              .allMatch(value -> Objects.requireNonNull(perValue.get(value)) <= sample.count()),
          2,
          "the sample of stage %s is too large: %s",
          view.stages.get(s).name(),
          taken);
    }
  }

  /** Whether a person has a stage tried again that was rolled back. */
  private boolean goesBackToItsGates(@Nullable Decision decision, String stage) {
    return decision != null
        && !decision.attempt().equals(state.attempt())
        && (decision.action() == Action.ROLLBACK_ALL
            || (decision.action() == Action.ROLLBACK_STAGE && decision.stages().contains(stage)));
  }

  private void stagesPassWhenTheyMay() {
    var recorded = sameRollout();
    for (int s = 0; s < view.stages.size(); s++) {
      int stage = s;
      var name = view.stages.get(s).name();
      boolean passed = view.progress(plan.progress(), s).passed();
      boolean passedBefore =
          recorded != null
              && view.progress(recorded, s).passed()
              && !goesBackToItsGates(recorded.decision(), name);
      unless(passed || !passedBefore, 9, "stage %s was passed and is no longer", name);
      boolean beforePassed =
          view.before.get(s).stream().allMatch(b -> view.progress(plan.progress(), b).passed());
      if (passed && !passedBefore) {
        unless(beforePassed, 2, "stage %s was passed out of turn", name);
        unless(view.settledIn(s), 2, "stage %s was passed before its clusters were settled", name);
        unless(
            view.tolerant() || view.failures() <= view.failuresAllowed(),
            2,
            "stage %s was passed although too many failed",
            name);
        for (int g = 0; g < view.stages.get(s).gates().size(); g++) {
          gateHolds(name, g, view.stages.get(s).gates().get(g), recorded);
        }
      }
      if (!passed
          && beforePassed
          && view.stages.get(s).gates().isEmpty()
          && plan.progress().decision() == null
          && !view.refused()
          && view.any(view::takesPart)) {
        int unresolved =
            view.count(
                c -> view.stageOf[c] == stage && view.takesPart(c) && view.target(c) == null);
        unless(
            !view.settledIn(s)
                || (!view.tolerant() && view.failures() + unresolved > view.failuresAllowed()),
            8,
            "stage %s has nothing to wait for and is not passed",
            name);
      }
    }
  }

  private void gateHolds(String stage, int place, Gate gate, @Nullable RolloutProgress recorded) {
    // That a soak was long enough needs the past: see Recollection.
    int before =
        recorded == null || recorded.stages().get(stage) == null
            ? 0
            : recorded.stages().get(stage).gatesPassed();
    if (place < before) {
      return;
    }
    if (gate instanceof Gate.Approval) {
      unless(
          state.approvals().contains(new Approval(stage, state.targetRevision())),
          2,
          "stage %s was passed without an approval",
          stage);
    }
    if (gate instanceof Gate.Check) {
      var answer = state.checks().get(new CheckKey(stage, place));
      unless(answer != null && answer.passed(), 2, "stage %s was passed without its check", stage);
    }
  }

  // 3, 5 and windows

  private void assignmentsAreAllowed() {
    for (int c = 0; c < view.size(); c++) {
      var assign = assign(c);
      if (assign == null) {
        continue;
      }
      var facts = view.facts(c);
      unless(!state.suspended(), 3, "%s is assigned %s while suspended", name(c), assign);
      unless(view.there(c), 3, "%s is assigned %s and cannot take part", name(c), assign);
      unless(
          facts.hold() == null || facts.hold().passing(),
          3,
          "%s is assigned %s and is kept out",
          name(c),
          assign);
      if (view.repairs(c, assign)) {
        continue;
      }
      unless(!assign.equals(facts.assigned()), 7, "%s has %s already", name(c), assign);
      var pin = view.pin(c);
      if (pin != null) {
        unless(
            assign.equals(Outside.word(pin.revision())),
            5,
            "%s is assigned %s against its pin",
            name(c),
            assign);
        unless(facts.hold() == null, 3, "%s is assigned %s and is held", name(c), assign);
        unless(view.inWindow(), 3, "%s is assigned %s outside of windows", name(c), assign);
        continue;
      }
      var decision = plan.progress().decision();
      boolean goesBack =
          decision != null && decision.action() != Action.HALT && facts.assigned() != null;
      if (assign.equals(view.stable(c))) {
        unless(
            assign.equals(view.target(c)) || goesBack || facts.assigned() == null,
            5,
            "%s is assigned %s, which is stable, without a reason",
            name(c),
            assign);
      } else {
        unless(
            assign.equals(view.target(c)),
            5,
            "%s is assigned %s, which is nothing it may have",
            name(c),
            assign);
      }
      unless(facts.hold() == null || goesBack, 3, "%s is assigned %s and is held", name(c), assign);
      unless(
          view.inWindow() || goesBack, 3, "%s is assigned %s outside of windows", name(c), assign);
    }
  }

  // 4

  private void breachesAreNoticed() {
    var decision = plan.progress().decision();
    if (plan.progress().completedAt() == null
        && !view.tolerant()
        && view.failures() > view.failuresAllowed()) {
      unless(
          decision != null,
          4,
          "%d clusters failed of at most %d, and nothing was decided",
          view.failures(),
          view.failuresAllowed());
    }
    var recorded = sameRollout();
    if (recorded != null
        && recorded.decision() != null
        && recorded.decision().attempt().equals(state.attempt())) {
      unless(decision != null, 9, "a decision was forgotten");
    }
    if (decision != null) {
      nobodyGetsTheTarget();
    }
  }

  private void nobodyGetsTheTarget() {
    for (int c = 0; c < view.size(); c++) {
      nobodyGetsTheTarget(view, plan, c);
    }
  }

  static void nobodyGetsTheTarget(Outside view, RolloutPlan plan, int c) {
    var assign = plan.clusters().get(c).assign();
    unless(
        assign == null
            || !assign.equals(view.target(c))
            || view.hasTarget(c)
            || assign.equals(view.stable(c)),
        4,
        "%s gets the target after a breach",
        view.facts(c).name());
  }

  private void onlyWhatCompletedIsStable() {
    var recorded = sameRollout();
    boolean complete = plan.progress().completedAt() != null;
    if (!Objects.equals(plan.stableRevision(), state.stableRevision())) {
      unless(
          complete && state.targetRevision().equals(plan.stableRevision()),
          5,
          "%s is called stable without having completed",
          plan.stableRevision());
    }
    if (complete && (recorded == null || recorded.completedAt() == null)) {
      unless(
          !view.any(c -> view.takesPart(c) && !view.settled(c)),
          2,
          "completed before every cluster was settled");
      unless(view.failures() <= view.failuresAllowed(), 4, "completed although too many failed");
      for (int s = 0; s < view.stages.size(); s++) {
        unless(
            view.progress(plan.progress(), s).passed(),
            2,
            "completed without stage %s",
            view.stages.get(s).name());
      }
    }
  }

  // 6

  private void everyClusterIsInOneState() {
    unless(
        plan.clusters().size() == view.size(),
        6,
        "%d plans for %d clusters",
        plan.clusters().size(),
        view.size());
    for (int c = 0; c < view.size(); c++) {
      var cluster = plan.clusters().get(c);
      unless(cluster.cluster().equals(name(c)), 6, "%s where %s is", cluster.cluster(), name(c));
      var stage =
          view.stageOf[c] == Outside.NOWHERE ? null : view.stages.get(view.stageOf[c]).name();
      unless(
          Objects.equals(cluster.stage(), stage),
          6,
          "%s is of stage %s, not %s",
          name(c),
          stage,
          cluster.stage());
      unless(
          !cluster.reason().code().isBlank() && !cluster.reason().message().isBlank(),
          6,
          "%s has no reason",
          name(c));
    }
  }

  private void countsAddUp() {
    var counted = new EnumMap<ClusterState, Integer>(ClusterState.class);
    for (var state : ClusterState.values()) {
      counted.put(state, 0);
    }
    plan.clusters().forEach(cluster -> counted.merge(cluster.state(), 1, Integer::sum));
    unless(plan.counts().equals(counted), 6, "counts %s, not %s", plan.counts(), counted);
    unless(plan.stages().size() == view.stages.size(), 6, "stages %s", plan.stages());
    for (int s = 0; s < view.stages.size(); s++) {
      int stage = s;
      int total = plan.stages().get(s).counts().values().stream().mapToInt(n -> n).sum();
      unless(
          total == view.count(c -> view.stageOf[c] == stage),
          6,
          "the counts of stage %s add up to %d",
          view.stages.get(s).name(),
          total);
    }
  }

  private void statesAreTrue() {
    for (int c = 0; c < view.size(); c++) {
      var is = plan.clusters().get(c).state();
      var facts = view.facts(c);
      boolean runsTarget = view.succeeded(c) && !facts.tampered();
      unless(
          plan.clusters().get(c).atTarget() == runsTarget,
          6,
          "%s is said to run its target: %s",
          name(c),
          !runsTarget);
      switch (facts.standing()) {
        case Standing.NotReady(_) ->
            unless(is == ClusterState.NOT_READY, 6, "%s is %s, not NotReady", name(c), is);
        case Standing.Unreachable(_) ->
            unless(is == ClusterState.UNREACHABLE, 6, "%s is %s, not Unreachable", name(c), is);
        case Standing.Participating() -> {
          switch (is) {
            case NOT_READY, UNREACHABLE -> throw new Violation(6, name(c) + " is there: " + is);
            case SUCCEEDED -> unless(runsTarget, 6, "%s has not succeeded", name(c));
            case FAILED ->
                unless(view.target(c) == null || view.unready(c), 6, "%s has not failed", name(c));
            case PROGRESSING -> unless(view.unready(c), 6, "%s is not progressing", name(c));
            case PENDING, HELD -> {}
          }
          if (runsTarget
              && view.takesPart(c)
              && assign(c) == null
              && plan.progress().decision() == null) {
            unless(is == ClusterState.SUCCEEDED, 6, "%s is %s, not Succeeded", name(c), is);
          }
          if (assign(c) != null) {
            unless(is == ClusterState.PENDING, 6, "%s is assigned something and %s", name(c), is);
          }
        }
      }
    }
  }

  // 7 and 9

  private void planningAgainChangesNothing(RandomGenerator random) {
    unless(planner.plan(state).equals(plan), 7, "another plan for the same state");
    var carriedOut = Outside.after(state, plan, _ -> true, state.now());
    var again = planner.plan(carriedOut);
    nothingToDo("planned again", again);

    // Killed after some of the assignments: the others are still to be made, and nothing else.
    long some = random.nextLong();
    var partly = planner.plan(Outside.after(state, plan, c -> (some >> c & 1) == 1, state.now()));
    unless(partly.progress().equals(plan.progress()), 9, "killed halfway: other progress");
    for (int c = 0; c < view.size(); c++) {
      var left = (some >> c & 1) == 1 ? null : assign(c);
      unless(
          Objects.equals(partly.clusters().get(c).assign(), left),
          9,
          "killed halfway: %s gets %s, not %s",
          name(c),
          partly.clusters().get(c).assign(),
          left);
    }

    var next = again.nextLook();
    unless(next == null || next.isAfter(state.now()), 7, "looks again at once");
    var until = next == null ? state.now().plus(Duration.ofDays(2)) : next;
    var nanos = Duration.between(state.now(), until).toNanos();
    Instant later = state.now().plusNanos(random.nextLong(nanos));
    var then = planner.plan(Outside.after(state, plan, _ -> true, later));
    nothingToDo("at " + later + ", before " + next, then);
    for (int c = 0; c < view.size(); c++) {
      unless(
          then.clusters().get(c).equals(again.clusters().get(c)),
          7,
          "time alone changed a cluster before %s: %s, %s",
          next,
          again.clusters().get(c),
          then.clusters().get(c));
    }
    unless(
        then.outlook().equals(again.outlook()) && then.stages().equals(again.stages()),
        7,
        "time alone changed the outlook before %s: %s, %s",
        next,
        again,
        then);
  }

  private void nothingToDo(String when, RolloutPlan then) {
    unless(
        then.progress().equals(plan.progress()),
        7,
        "%s: progress %s, not %s",
        when,
        then.progress(),
        plan.progress());
    unless(
        Objects.equals(then.stableRevision(), plan.stableRevision()),
        7,
        "%s: another stable revision",
        when);
    unless(then.steps().isEmpty(), 7, "%s: %s", when, then.steps());
    for (var cluster : then.clusters()) {
      unless(cluster.assign() == null, 7, "%s: %s", when, cluster);
    }
  }

  private @Nullable String assign(int c) {
    return plan.clusters().get(c).assign();
  }

  private String reasonOf(int c) {
    return plan.clusters().get(c).reason().code();
  }

  private String name(int c) {
    return view.facts(c).name();
  }

  private @Nullable RolloutProgress sameRollout() {
    var recorded = state.progress();
    return recorded != null && recorded.revision().equals(state.targetRevision()) ? recorded : null;
  }
}
