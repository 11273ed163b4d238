package dev.tranche.rollout;

import dev.tranche.rollout.Observation.Outcome;
import dev.tranche.rollout.RolloutProgress.Decision;
import java.util.function.Predicate;

/** What the facts of all clusters come to at a moment. */
final class Readings {
  private final RolloutState state;
  private final Layout layout;
  private final Reading[] readings;
  private final Tally[] stages;
  private final Tally fleet = new Tally();
  private final boolean refused;

  Readings(RolloutState state, Layout layout, Membership membership) {
    this.state = state;
    this.layout = layout;
    var deadline = state.policy().failure().progressDeadline();
    readings = new Reading[state.clusters().size()];
    stages = new Tally[layout.stages().size()];
    for (int s = 0; s < stages.length; s++) {
      stages[s] = new Tally();
    }
    boolean unmatched = false;
    for (int c = 0; c < readings.length; c++) {
      int stage = membership.stage(c);
      readings[c] = Reading.of(state.clusters().get(c), stage, deadline, state.now());
      fleet.add(readings[c]);
      if (stage == Layout.NONE) {
        unmatched = true;
      } else {
        stages[stage].add(readings[c]);
      }
    }
    refused =
        !layout.circle().isEmpty()
            || (unmatched
                && state.policy().strategy() instanceof Strategy.Staged(_, var unmatchedTo)
                && unmatchedTo == Strategy.Unmatched.REJECT);
  }

  Reading of(int cluster) {
    return readings[cluster];
  }

  Tally stage(int stage) {
    return stages[stage];
  }

  Tally fleet() {
    return fleet;
  }

  /** Whether the stages are such that nothing is rolled out. */
  boolean refused() {
    return refused;
  }

  /** How many clusters may fail before something is done. */
  int failuresAllowed() {
    return state.policy().failure().maxFailed().of(fleet.takingPart());
  }

  /** The first cluster of which this holds; there is one. */
  int first(Predicate<Reading> condition) {
    int c = 0;
    while (!condition.test(readings[c])) {
      c++;
    }
    return c;
  }

  /** Why a cluster failed on what it was assigned. */
  Reason failure(int cluster) {
    var report = state.clusters().get(cluster).report();
    if (report != null && !readings[cluster].late()) {
      return report.reason();
    }
    var waited =
        "made no progress within " + Words.duration(state.policy().failure().progressDeadline());
    return ReasonCode.PROGRESS_DEADLINE_EXCEEDED.because(
        report == null || report.reason().message().isEmpty()
            ? waited
            : waited + ": " + report.reason().message());
  }

  /** Whether a cluster that has another revision than the stable one is to go back to it. */
  boolean goesBack(int cluster, Decision decision) {
    var reading = readings[cluster];
    var facts = state.clusters().get(cluster);
    // The target and the stable revision can come to the same on a cluster.
    if (!reading.takesPart()
        || reading.on() == Reading.On.NOTHING
        || Reading.is(facts.stable(), facts.assigned())) {
      return false;
    }
    return switch (decision.action()) {
      case HALT, CONTINUE -> false;
      case ROLLBACK_FAILED ->
          reading.on() == Reading.On.TARGET
              && (reading.outcome() == Outcome.FAILED || concerns(reading, decision));
      case ROLLBACK_STAGE -> concerns(reading, decision);
      case ROLLBACK_ALL -> true;
    };
  }

  private boolean concerns(Reading reading, Decision decision) {
    return decision.stages().contains(layout.stages().get(reading.stage()).name());
  }
}
