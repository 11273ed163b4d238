package dev.tranche.rollout;

import java.util.List;

/**
 * All that a decision rests on.
 *
 * @param suspended whether nothing that is assigned may change
 * @param clusters the selected clusters, each once
 */
public record RolloutState(boolean suspended, List<ClusterFacts> clusters) {
  public RolloutState {
    clusters = List.copyOf(clusters);
  }
}
