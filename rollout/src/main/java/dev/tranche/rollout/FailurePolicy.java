package dev.tranche.rollout;

import java.time.Duration;

/**
 * What is done when clusters fail on the target.
 *
 * @param maxFailed how many may fail before anything is done
 * @param progressDeadline how long a cluster may take before it counts as failed
 * @param action what is done
 */
public record FailurePolicy(Share maxFailed, Duration progressDeadline, Action action) {
  /** What is done when more clusters failed than may. */
  public enum Action {
    /** No further cluster gets the target. */
    HALT,
    /** Nothing; the rollout goes on. */
    CONTINUE,
    /** As Halt, and clusters that failed go back to the stable revision. */
    ROLLBACK_FAILED,
    /** As Halt, and all clusters of stages with a failed one go back. */
    ROLLBACK_STAGE,
    /** As Halt, and all clusters go back. */
    ROLLBACK_ALL
  }
}
