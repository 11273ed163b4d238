package dev.tranche.rollout;

import dev.tranche.rollout.Observation.Outcome;
import dev.tranche.rollout.Reading.On;
import dev.tranche.rollout.RolloutProgress.Decision;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Decides what each cluster is assigned, and in which state it is. */
final class Assigning {
  private static final Reason ABOUT_TO = ReasonCode.ASSIGNING.because("about to be assigned");
  private static final Reason NO_REPORT =
      ReasonCode.ASSIGNED.because("assigned, no report on it yet");
  private static final Reason REPAIRING =
      ReasonCode.REPAIRING.because(
          "what it was assigned was changed by somebody else and is put right");
  private static final Reason SUSPENDED = ReasonCode.SUSPENDED.because("the module is suspended");
  private static final Reason SETTLING =
      ReasonCode.SETTLING.because("has not reported on the stable revision yet");
  private static final Reason ABOUT_TO_GO_BACK =
      ReasonCode.ROLLING_BACK.because("about to go back to the stable revision");
  private static final Reason GOING_BACK =
      ReasonCode.ROLLING_BACK.because("not settled on the stable revision yet");
  private static final Reason UNMATCHED =
      ReasonCode.UNMATCHED.because(
          "no stage selects it; add it to one, or set unmatched to LastStage");
  private static final Reason UNMATCHED_CLUSTERS =
      ReasonCode.UNMATCHED_CLUSTERS.because(
          "the rollout waits until every selected cluster belongs to a stage");

  private final RolloutState state;
  private final Layout layout;
  private final Readings readings;
  private final Progression.Moved moved;
  private final @Nullable Decision decision;
  private final boolean completed;
  private final boolean[] open;
  private final boolean[] unsettledBefore;
  private final Map<Integer, Reason> waiting = new HashMap<>();
  private final ClusterPlan[] plans;
  private final List<Candidate> candidates = new ArrayList<>();
  private final Clock clock;
  // Said of many clusters, and put into words once.
  private final @Nullable Reason stopped;
  private final @Nullable Reason wentBack;
  private final @Nullable Reason circle;
  private @Nullable Reason closed;
  private @Nullable Instant windowChanges;
  private boolean windowCounts;

  /** A cluster that gets a revision if the budget allows it. */
  private record Candidate(
      int cluster, Reading reading, String revision, boolean inTurn, Reason reason) {}

  Assigning(RolloutState state, Layout layout, Readings readings, Progression.Moved moved) {
    this.state = state;
    this.layout = layout;
    this.readings = readings;
    this.moved = moved;
    this.decision = moved.progress().decision();
    this.completed = moved.progress().completedAt() != null;
    this.open = new boolean[layout.stages().size()];
    this.unsettledBefore = new boolean[layout.stages().size()];
    this.plans = new ClusterPlan[state.clusters().size()];
    this.clock = new Clock(state.now());
    this.stopped =
        decision == null
            ? null
            : (decision.rollsBack() ? ReasonCode.ROLLED_BACK : ReasonCode.HALTED)
                .because("the rollout was stopped: " + decision.reason().message());
    this.wentBack =
        decision == null
            ? null
            : ReasonCode.ROLLED_BACK.because(
                "runs the stable revision: " + decision.reason().message());
    this.circle =
        layout.circle().isEmpty() ? null : ReasonCode.STAGE_CIRCLE.because(Outlooks.circle(layout));
    for (int s : layout.turns()) {
      open[s] = layout.before().get(s).stream().allMatch(this::passed);
      unsettledBefore[s] =
          layout.before().get(s).stream()
              .anyMatch(b ->
                  unsettledBefore[b]
                      || readings.stage(b).changing() > 0
                      || readings.stage(b).progressing() > 0);
    }
  }

  /** Collects the next instant at which time alone changes something. */
  static final class Clock {
    private final Instant now;
    private @Nullable Instant next;

    Clock(Instant now) {
      this.now = now;
    }

    void at(@Nullable Instant instant) {
      if (instant != null && instant.isAfter(now) && (next == null || instant.isBefore(next))) {
        next = instant;
      }
    }

    @Nullable Instant next() {
      return next;
    }
  }

  /** When time alone changes something; known after {@link #plans}. */
  Clock clock() {
    return clock;
  }

  ClusterPlan[] plans(Turns turns) {
    readWindows();
    moved.gates().values().forEach(gate -> clock.at(gate.until()));
    for (int c = 0; c < plans.length; c++) {
      noteTimes(c);
      plans[c] = decide(c);
    }
    if (windowCounts) {
      clock.at(windowChanges);
    }
    allot(turns);
    return plans;
  }

  /**
   * Gives candidates their revisions as far as the budget goes, in an order in which nothing that
   * is refused depends on what comes later: whoever is killed halfway goes on with the rest.
   */
  private void allot(Turns turns) {
    var budget = new Budget(state.policy(), layout, readings);
    var byCluster = new Candidate[plans.length];
    var stirred = new boolean[open.length];
    var groups = Stream.generate(ArrayList<Integer>::new).limit(8).toList();
    for (var candidate : candidates) {
      int c = candidate.cluster();
      byCluster[c] = candidate;
      groups.get(group(candidate)).add(c);
      var reading = candidate.reading();
      if (reading.takesPart()) {
        stirred[reading.stage()] = true;
        if (!candidate.inTurn()
            && Reading.is(state.clusters().get(c).target(), candidate.revision())) {
          budget.reserve(reading.stage());
        }
      }
    }
    for (int s : layout.turns()) {
      unsettledBefore[s] |=
          layout.before().get(s).stream().anyMatch(b -> unsettledBefore[b] || stirred[b]);
    }
    var refusals = new @Nullable Reason[plans.length];
    for (var group : groups) {
      turns.sorted(group).forEach(c -> refusals[c] = refusal(byCluster[c], budget));
    }
    // Apart from the turns: whatever is read in an order at random is slow in a large fleet.
    for (var candidate : candidates) {
      int c = candidate.cluster();
      var refusal = refusals[c];
      plans[c] =
          refusal == null
              ? plan(c, ClusterState.PENDING, candidate.reason(), candidate.revision())
              : still(c, ClusterState.PENDING, refusal);
    }
  }

  /** First what the fleet cannot refuse: of a stage with a number of its own, or at no cost. */
  private int group(Candidate candidate) {
    var reading = candidate.reading();
    boolean own =
        reading.stage() != Layout.NONE && layout.stages().get(reading.stage()).maxUnready() != null;
    return (own ? 0 : 4) + (reading.unready() ? 0 : 2) + (candidate.inTurn() ? 1 : 0);
  }

  private @Nullable Reason refusal(Candidate candidate, Budget budget) {
    var reading = candidate.reading();
    return candidate.inTurn() && unsettledBefore[reading.stage()]
        ? waiting.computeIfAbsent(reading.stage(), this::waitsForStage)
        : budget.take(reading, candidate.inTurn());
  }

  /** The plan of a cluster; one of a candidate is replaced once it is known what it gets. */
  private ClusterPlan decide(int c) {
    var facts = state.clusters().get(c);
    var reading = readings.of(c);
    switch (facts.standing()) {
      case Standing.NotReady(Reason reason) -> {
        return still(c, ClusterState.NOT_READY, reason);
      }
      case Standing.Unreachable(Reason reason) -> {
        return still(c, ClusterState.UNREACHABLE, reason);
      }
      case Standing.Participating() -> {}
    }
    if (facts.pin() != null && facts.pin().holdsAt(state.now())) {
      return pinned(c, facts, facts.pin());
    }
    if (decision != null && readings.goesBack(c, decision)) {
      return goingBack(c, facts);
    }
    if (reading.on() == On.TARGET) {
      return onTarget(c, facts, reading);
    }
    return towardsTarget(c, facts, reading);
  }

  private ClusterPlan towardsTarget(int c, ClusterFacts facts, Reading reading) {
    if (!(facts.target() instanceof Target.Revision(String target))) {
      return still(c, ClusterState.FAILED, ((Target.Unresolvable) facts.target()).reason());
    }
    if (reading.stage() == Layout.NONE) {
      return still(c, ClusterState.HELD, UNMATCHED);
    }
    if (decision != null && decision.rollsBack() && reading.on() == On.STABLE) {
      return back(c, reading);
    }
    var hindrance = hindrance(facts);
    if (hindrance != null) {
      return still(c, ClusterState.HELD, hindrance);
    }
    var joins = joining(facts, reading);
    windowCounts |= joins != null;
    if (joins != null && closed == null) {
      candidates.add(new Candidate(c, reading, joins, false, ABOUT_TO));
      return still(c, ClusterState.PENDING, ABOUT_TO);
    }
    if (decision != null) {
      return still(c, ClusterState.PENDING, halted());
    }
    if (readings.refused()) {
      return still(c, ClusterState.PENDING, refusal());
    }
    windowCounts = true;
    if (closed != null) {
      return still(c, ClusterState.HELD, closed);
    }
    if (!open[reading.stage()] || unsettledBefore[reading.stage()]) {
      return still(
          c, ClusterState.PENDING, waiting.computeIfAbsent(reading.stage(), this::waitsForStage));
    }
    if (reading.on() == On.STABLE
        && reading.outcome() == Outcome.UPDATING
        && state.policy().joining() == Joining.STABLE
        && facts.report() == null) {
      return still(c, ClusterState.PENDING, SETTLING);
    }
    candidates.add(new Candidate(c, reading, target, true, ABOUT_TO));
    return still(c, ClusterState.PENDING, ABOUT_TO);
  }

  /** What a cluster gets that has nothing, out of its turn; null where it waits for its turn. */
  private @Nullable String joining(ClusterFacts facts, Reading reading) {
    if (reading.on() != On.NOTHING
        || completed
        || !(facts.stable() instanceof Target.Revision(String stable))
        || !(facts.target() instanceof Target.Revision(String target))
        || stable.equals(target)) {
      return null;
    }
    return switch (state.policy().joining()) {
      case STABLE -> stable;
      case TARGET -> decision == null && !readings.refused() ? target : stable;
      case WAIT -> null;
    };
  }

  private ClusterPlan pinned(int c, ClusterFacts facts, Pin pin) {
    var why = ReasonCode.PINNED.because(pinSentence(pin));
    if (pin.revision() == null) {
      return facts.assigned() == null
          ? still(c, ClusterState.HELD, why)
          : atPin(c, facts, false, why);
    }
    if (pin.revision() instanceof Target.Unresolvable(Reason reason)) {
      return still(c, ClusterState.HELD, reason);
    }
    var revision = ((Target.Revision) pin.revision()).word();
    boolean isTarget = Reading.is(facts.target(), revision);
    if (revision.equals(facts.assigned())) {
      return atPin(c, facts, isTarget, why);
    }
    var hindrance = hindrance(facts);
    if (hindrance == null && isTarget && decision != null) {
      hindrance = halted();
    }
    if (hindrance == null) {
      windowCounts = true;
      hindrance = closed;
    }
    if (hindrance != null) {
      return still(c, ClusterState.HELD, hindrance);
    }
    candidates.add(new Candidate(c, readings.of(c), revision, false, why));
    return still(c, ClusterState.PENDING, why);
  }

  private ClusterPlan atPin(int c, ClusterFacts facts, boolean isTarget, Reason why) {
    var reading = readings.of(c);
    return isTarget || reading.outcome() != Outcome.SUCCEEDED
        ? onTarget(c, facts, reading)
        : still(c, ClusterState.HELD, why);
  }

  private static String pinSentence(Pin pin) {
    return pin.until() == null
        ? "pinned: " + pin.reason()
        : "pinned until %s: %s".formatted(pin.until(), pin.reason());
  }

  private ClusterPlan goingBack(int c, ClusterFacts facts) {
    if (facts.stable() instanceof Target.Unresolvable(Reason reason)) {
      return still(c, ClusterState.FAILED, reason);
    }
    if (state.suspended()) {
      return still(c, ClusterState.HELD, SUSPENDED);
    }
    if (!(facts.stable() instanceof Target.Revision(String stable))) {
      return still(c, ClusterState.PENDING, halted());
    }
    candidates.add(new Candidate(c, readings.of(c), stable, false, ABOUT_TO_GO_BACK));
    return still(c, ClusterState.PENDING, ABOUT_TO_GO_BACK);
  }

  private ClusterPlan back(int c, Reading reading) {
    return switch (reading.outcome()) {
      case UPDATING -> still(c, ClusterState.PROGRESSING, GOING_BACK);
      case SUCCEEDED -> still(c, ClusterState.HELD, Objects.requireNonNull(wentBack));
      case FAILED -> still(c, ClusterState.FAILED, readings.failure(c));
    };
  }

  private ClusterPlan onTarget(int c, ClusterFacts facts, Reading reading) {
    return switch (reading.outcome()) {
      case SUCCEEDED -> still(c, ClusterState.SUCCEEDED, reported(facts));
      case FAILED -> still(c, ClusterState.FAILED, readings.failure(c));
      case UPDATING -> still(c, ClusterState.PROGRESSING, reported(facts));
    };
  }

  private static Reason reported(ClusterFacts facts) {
    var report = facts.report();
    return report == null ? NO_REPORT : report.reason();
  }

  private @Nullable Reason hindrance(ClusterFacts facts) {
    if (state.suspended()) {
      return SUSPENDED;
    }
    return facts.hold() == null ? null : facts.hold().reason();
  }

  private Reason refusal() {
    return layout.circle().isEmpty() ? UNMATCHED_CLUSTERS : Objects.requireNonNull(circle);
  }

  private Reason halted() {
    return Objects.requireNonNull(stopped);
  }

  private Reason waitsForStage(int s) {
    int before =
        layout.before().get(s).stream()
            .filter(b -> !passed(b))
            .findFirst()
            .orElseGet(() -> layout.before().get(s).getFirst());
    return ReasonCode.WAITING_FOR_STAGE.because(
        "stage %s comes first: %s"
            .formatted(
                layout.stages().get(before).name(),
                Outlooks.stage(layout, readings, moved, before)));
  }

  private boolean passed(int stage) {
    var progress = moved.progress().stages().get(layout.stages().get(stage).name());
    return Objects.requireNonNull(progress).passed();
  }

  private void readWindows() {
    var windows = state.policy().windows();
    if (windows.isEmpty()) {
      return;
    }
    var next = new Clock(state.now());
    for (var window : windows) {
      var phase = window.at(state.now());
      if (phase.open()) {
        windowChanges = phase.until();
        return;
      }
      next.at(phase.until());
    }
    windowChanges = next.next();
    closed =
        ReasonCode.OUTSIDE_WINDOW.because(
            windowChanges == null
                ? "no window is ever open again"
                : "the next window opens at " + windowChanges);
  }

  /** Whether anything waits for a window. */
  boolean outsideWindow() {
    return closed != null && windowCounts;
  }

  private void noteTimes(int c) {
    var facts = state.clusters().get(c);
    var reading = readings.of(c);
    if (facts.pin() != null) {
      clock.at(facts.pin().until());
    }
    if (facts.since() != null
        && !facts.tampered()
        && reading.unready()
        && reading.outcome() == Outcome.UPDATING) {
      clock.at(Words.after(facts.since(), state.policy().failure().progressDeadline()));
    }
  }

  /** Nothing new for a cluster; what somebody else changed there is put right. */
  private ClusterPlan still(int c, ClusterState clusterState, Reason reason) {
    var facts = state.clusters().get(c);
    if (!facts.tampered() || facts.assigned() == null || !readings.of(c).there()) {
      return plan(c, clusterState, reason, null);
    }
    boolean keptOut = facts.hold() != null && !facts.hold().passing();
    var hindrance = state.suspended() || keptOut ? hindrance(facts) : null;
    return hindrance == null
        ? plan(c, ClusterState.PENDING, REPAIRING, facts.assigned())
        : plan(c, ClusterState.HELD, hindrance, null);
  }

  private ClusterPlan plan(
      int c, ClusterState clusterState, Reason reason, @Nullable String assign) {
    var facts = state.clusters().get(c);
    return new ClusterPlan(
        facts.name(),
        stageName(c),
        clusterState,
        reason,
        assign,
        readings.of(c).onTarget(Outcome.SUCCEEDED));
  }

  private @Nullable String stageName(int c) {
    int stage = readings.of(c).stage();
    return stage == Layout.NONE ? null : layout.stages().get(stage).name();
  }
}
