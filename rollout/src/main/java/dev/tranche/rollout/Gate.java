package dev.tranche.rollout;

import java.time.Duration;

/** What must hold before a stage counts as passed. */
public sealed interface Gate {
  /** All clusters of the stage have been succeeded for this long without a break. */
  record Soak(Duration duration) implements Gate {}

  /** Somebody approved the stage, for the revision that is being rolled out. */
  record Approval() implements Gate {}

  /**
   * A check from outside holds.
   *
   * @param deadline how long it is waited for; after that the stage counts as failed
   */
  record Check(Duration deadline) implements Gate {}
}
