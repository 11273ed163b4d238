package dev.tranche.rollout;

/** The planner, or one that is broken on purpose. */
@FunctionalInterface
interface Planner {
  RolloutPlan plan(RolloutState state);
}
