package dev.tranche.rollout;

/**
 * What a cluster reported.
 *
 * @param revision the revision that the report speaks of
 * @param outcome how far it got
 * @param reason why, and in words
 */
public record Observation(String revision, Outcome outcome, Reason reason) {
  /** How far a revision got in a cluster. */
  public enum Outcome {
    UPDATING,
    SUCCEEDED,
    FAILED
  }
}
