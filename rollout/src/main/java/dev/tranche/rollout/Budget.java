package dev.tranche.rollout;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Lets so many clusters be unready at once, and no more. Changes as clusters are let through. */
final class Budget {
  private final RolloutPolicy policy;
  private final Layout layout;
  private final Limit[] stages;
  private final Limit fleet;
  private final int[] targeted;
  private final long[] allowed;
  private final @Nullable Reason[] underway;

  Budget(RolloutPolicy policy, Layout layout, Readings readings) {
    this.policy = policy;
    this.layout = layout;
    int count = layout.stages().size();
    // The version that mends a cluster may have to pass other stages first, so what failed on an
    // older one must not keep it from them.
    fleet =
        new Limit(
            policy.maxUnready(),
            readings.fleet(),
            readings.fleet().unready() - readings.fleet().brokenBefore(),
            "the fleet");
    stages = new Limit[count];
    targeted = new int[count];
    allowed = new long[count];
    underway = new Reason[count];
    for (int s = 0; s < count; s++) {
      var stage = layout.stages().get(s);
      var tally = readings.stage(s);
      stages[s] =
          new Limit(
              Objects.requireNonNullElse(stage.maxUnready(), policy.maxUnready()),
              tally,
              tally.unready(),
              "stage " + stage.name());
      targeted[s] = tally.targeted();
      allowed[s] =
          stage.ramp() == null
              ? Long.MAX_VALUE
              : stage.ramp().allows(tally.succeeded() + tally.failed());
    }
  }

  /** How many clusters of a place may be unready, and how many are. */
  private static final class Limit {
    private final int limit;
    private final String where;
    private int unready;
    private @Nullable Reason exhausted;

    Limit(Share share, Tally tally, int unready, String where) {
      // Rounding down to none would let nothing ever change.
      limit = Math.max(1, share.of(tally.there()));
      this.unready = unready;
      this.where = where;
    }

    void add() {
      unready++;
      exhausted = null;
    }

    @Nullable Reason refusal() {
      // Said of many clusters, and put into words once.
      if (unready >= limit && exhausted == null) {
        exhausted =
            ReasonCode.WAITING_FOR_BUDGET.because(
                "%d of at most %d clusters of %s are unready".formatted(unready, limit, where));
      }
      return exhausted;
    }
  }

  /** A cluster of a stage gets its target out of turn, which counts as one of its batch. */
  void reserve(int stage) {
    targeted[stage]++;
  }

  /**
   * Takes what assigning something to a cluster costs.
   *
   * @param inTurn whether it is the target in its turn, for which a ramp counts
   * @return why it cannot be had; null where it was taken
   */
  @Nullable Reason take(Reading reading, boolean inTurn) {
    // What is unready already is made no worse by another revision.
    boolean costs = !reading.unready();
    var refusal = refusal(reading, inTurn, costs);
    if (refusal == null) {
      if (reading.stage() != Layout.NONE) {
        targeted[reading.stage()] += inTurn ? 1 : 0;
        if (costs) {
          stages[reading.stage()].add();
        }
      }
      if (costs || reading.brokenBefore()) {
        fleet.add();
      }
    }
    return refusal;
  }

  private @Nullable Reason refusal(Reading reading, boolean inTurn, boolean costs) {
    if (policy.strategy() instanceof Strategy.Replace) {
      return null;
    }
    int s = reading.stage();
    if (s == Layout.NONE) {
      return costs ? fleet.refusal() : null;
    }
    if (inTurn && targeted[s] >= allowed[s]) {
      return batchUnderway(s);
    }
    if (!costs) {
      return null;
    }
    var refusal = stages[s].refusal();
    return refusal == null && layout.stages().get(s).maxUnready() == null
        ? fleet.refusal()
        : refusal;
  }

  private Reason batchUnderway(int s) {
    var reason = underway[s];
    if (reason == null) {
      reason =
          ReasonCode.WAITING_FOR_BATCH.because(
              "a batch of stage %s is underway".formatted(layout.stages().get(s).name()));
      underway[s] = reason;
    }
    return reason;
  }
}
