package dev.tranche.rollout;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A decision.
 *
 * @param clusters one for each cluster of the state, in its order
 */
public record RolloutPlan(List<ClusterPlan> clusters) {
  public RolloutPlan {
    clusters = List.copyOf(clusters);
  }

  /**
   * How many clusters are in each state; every state has an entry, and they add up to the number of
   * clusters.
   */
  public Map<ClusterState, Integer> counts() {
    var counts = new EnumMap<ClusterState, Integer>(ClusterState.class);
    for (var state : ClusterState.values()) {
      counts.put(state, 0);
    }
    clusters.forEach(cluster -> counts.merge(cluster.state(), 1, Integer::sum));
    return counts;
  }
}
