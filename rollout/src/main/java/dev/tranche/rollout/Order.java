package dev.tranche.rollout;

/** In which order the clusters of a stage take their turn. */
public sealed interface Order {
  /** By name. */
  record ByName() implements Order {}

  /** At random, in another order for every target revision and always the same for one. */
  record Random() implements Order {}

  /**
   * By the value of a label, numbers by their size; clusters without it come last, and those with
   * the same value by name.
   */
  record ByLabel(String label) implements Order {}
}
