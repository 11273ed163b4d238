package dev.tranche.rollout;

import dev.tranche.rollout.Observation.Outcome;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the facts of one cluster come to at a moment.
 *
 * @param stage the place of its stage, {@link Layout#NONE} where no stage takes it
 * @param part whether it takes part in the rollout
 * @param on what it is assigned
 * @param outcome how far it got on what it is assigned
 * @param late whether it failed because it made no progress in time
 * @param resolved whether what it should run is known
 */
record Reading(int stage, Part part, On on, Outcome outcome, boolean late, boolean resolved) {
  enum Part {
    /** It cannot. */
    AWAY,
    /** It is there, but a person keeps it out, or no stage takes it. */
    KEPT_OUT,
    /** It does. */
    TAKES_PART
  }

  enum On {
    NOTHING,
    TARGET,
    STABLE,
    OTHER
  }

  static Reading of(ClusterFacts facts, int stage, Duration progressDeadline, Instant now) {
    var outcome = outcome(facts);
    // What was tampered with is written again, and has its time from then on.
    boolean late =
        outcome == Outcome.UPDATING
            && !facts.tampered()
            && facts.since() != null
            && !now.isBefore(Words.after(facts.since(), progressDeadline));
    return new Reading(
        stage,
        part(facts, stage, now),
        on(facts),
        late ? Outcome.FAILED : outcome,
        late,
        facts.target() instanceof Target.Revision);
  }

  private static Part part(ClusterFacts facts, int stage, Instant now) {
    if (!(facts.standing() instanceof Standing.Participating)) {
      return Part.AWAY;
    }
    boolean kept =
        stage == Layout.NONE
            || (facts.pin() != null && facts.pin().holdsAt(now))
            || (facts.hold() != null && !facts.hold().passing());
    return kept ? Part.KEPT_OUT : Part.TAKES_PART;
  }

  private static On on(ClusterFacts facts) {
    if (facts.assigned() == null) {
      return On.NOTHING;
    }
    if (is(facts.target(), facts.assigned())) {
      return On.TARGET;
    }
    return is(facts.stable(), facts.assigned()) ? On.STABLE : On.OTHER;
  }

  static boolean is(@Nullable Target target, @Nullable String revision) {
    return target instanceof Target.Revision(var word) && word.equals(revision);
  }

  private static Outcome outcome(ClusterFacts facts) {
    var report = facts.report();
    // What was tampered with and reports success is not what the revision says.
    return facts.tampered() || report == null ? Outcome.UPDATING : report.outcome();
  }

  boolean there() {
    return part != Part.AWAY;
  }

  boolean takesPart() {
    return part == Part.TAKES_PART;
  }

  /** Whether it counts against the budget. */
  boolean unready() {
    return there() && on != On.NOTHING && outcome != Outcome.SUCCEEDED;
  }

  /** Whether it failed on something else than the target, so that its turn may mend it. */
  boolean brokenBefore() {
    return unready() && on != On.TARGET && outcome == Outcome.FAILED;
  }

  boolean onTarget(Outcome at) {
    return on == On.TARGET && outcome == at;
  }
}
