package dev.tranche.rollout;

/** What a cluster without an assignment gets while a rollout is underway. */
public enum Joining {
  /** The stable revision at once, and the target in its turn. */
  STABLE,
  /** The target at once, whatever its stage. */
  TARGET,
  /** Nothing until its turn comes. */
  WAIT
}
