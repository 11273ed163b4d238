package dev.tranche.rollout;

import java.util.Map;

/**
 * How far a stage is.
 *
 * @param name its name
 * @param state where it stands
 * @param counts how many of its clusters are in which state; every state has an entry
 */
public record StagePlan(String name, State state, Map<ClusterState, Integer> counts) {
  public StagePlan {
    counts = Map.copyOf(counts);
  }

  /** Where a stage stands. */
  public enum State {
    /** A stage before it was not passed. */
    WAITING,
    /** Its clusters get the target. */
    ROLLING_OUT,
    /** All its clusters have succeeded, and it waits at a gate. */
    GATING,
    /** It was passed. */
    PASSED
  }
}
