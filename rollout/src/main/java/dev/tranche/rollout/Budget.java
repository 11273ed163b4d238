package dev.tranche.rollout;

import org.jspecify.annotations.Nullable;

/** Lets so many clusters be unready at once, and no more. Changes as clusters are let through. */
final class Budget {
  private final RolloutPolicy policy;
  private final Layout layout;
  private final Readings readings;
  private final int[] unready;
  private final int[] targeted;
  private int unreadyInFleet;

  Budget(RolloutPolicy policy, Layout layout, Readings readings) {
    this.policy = policy;
    this.layout = layout;
    this.readings = readings;
    unready = new int[layout.stages().size()];
    targeted = new int[layout.stages().size()];
    for (int s = 0; s < unready.length; s++) {
      unready[s] = readings.stage(s).unready();
      targeted[s] = readings.stage(s).targeted();
    }
    // The version that mends a cluster may have to pass other stages first, so what failed on an
    // older one must not keep it from them.
    unreadyInFleet = readings.fleet().unready() - readings.fleet().brokenBefore();
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
        unready[reading.stage()] += costs ? 1 : 0;
      }
      unreadyInFleet += costs || reading.brokenBefore() ? 1 : 0;
    }
    return refusal;
  }

  private @Nullable Reason refusal(Reading reading, boolean inTurn, boolean costs) {
    if (policy.strategy() instanceof Strategy.Replace) {
      return null;
    }
    if (reading.stage() == Layout.NONE) {
      return costs ? exhaustedInFleet() : null;
    }
    var stage = layout.stages().get(reading.stage());
    var tally = readings.stage(reading.stage());
    if (inTurn
        && stage.ramp() != null
        && targeted[reading.stage()] >= stage.ramp().allows(tally.settled())) {
      return ReasonCode.WAITING_FOR_BATCH.because(
          "a batch of stage %s is underway".formatted(stage.name()));
    }
    if (!costs) {
      return null;
    }
    var own = stage.maxUnready();
    var refusal =
        exhausted(
            unready[reading.stage()],
            own == null ? policy.maxUnready() : own,
            tally.there(),
            "stage " + stage.name());
    return refusal == null && own == null ? exhaustedInFleet() : refusal;
  }

  private @Nullable Reason exhaustedInFleet() {
    return exhausted(unreadyInFleet, policy.maxUnready(), readings.fleet().there(), "the fleet");
  }

  private static @Nullable Reason exhausted(int unready, Share share, int of, String where) {
    // Rounding down to none would let nothing ever change.
    int limit = Math.max(1, share.of(of));
    return unready < limit
        ? null
        : ReasonCode.WAITING_FOR_BUDGET.because(
            "%d of at most %d clusters of %s are unready".formatted(unready, limit, where));
  }
}
