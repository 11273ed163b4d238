package dev.tranche.rollout;

import java.util.List;

/**
 * How a target is to be reached.
 *
 * @param strategy in which steps
 * @param maxUnready how many clusters may be unready at once, of the fleet and of each stage that
 *     does not say its own; {@link Strategy.Replace} knows no limit
 * @param order in which clusters of a stage take their turn
 * @param joining what a cluster gets that joins while a rollout is underway
 * @param failure what is done when clusters fail
 * @param windows when changes may be made; at any time where there are none
 */
public record RolloutPolicy(
    Strategy strategy,
    Share maxUnready,
    Order order,
    Joining joining,
    FailurePolicy failure,
    List<Window> windows) {
  public RolloutPolicy {
    windows = List.copyOf(windows);
  }
}
