package dev.tranche.rollout;

/**
 * Where a rollout as a whole stands.
 *
 * @param phase in a word
 * @param message what it waits for or why it stands still, in words; empty where there is nothing
 *     to say
 */
public record Outlook(Phase phase, String message) {
  /** Where a rollout stands. */
  public enum Phase {
    /** Every cluster that can take part has succeeded, those aside that may fail. */
    COMPLETED,
    /** Clusters get the target. */
    ROLLING_OUT,
    /** A stage has succeeded and has to stay so for a while. */
    SOAKING,
    /** A stage has succeeded and waits for somebody to approve it. */
    AWAITING_APPROVAL,
    /** A stage has succeeded and waits for a check. */
    AWAITING_CHECK,
    /** No window is open. */
    OUTSIDE_WINDOW,
    /** The module is suspended. */
    SUSPENDED,
    /** No further cluster gets the target, because too many failed on it. */
    HALTED,
    /** As halted, and a rollback was asked for where no rollout ever completed. */
    NOTHING_TO_ROLL_BACK_TO,
    /** Clusters go back to the stable revision. */
    ROLLING_BACK,
    /** Clusters went back to the stable revision. */
    ROLLED_BACK,
    /** There are clusters that no stage takes. */
    UNMATCHED_CLUSTERS,
    /** The stages wait for each other. */
    STAGE_CIRCLE,
    /** No cluster can take part. */
    NO_CLUSTERS
  }
}
