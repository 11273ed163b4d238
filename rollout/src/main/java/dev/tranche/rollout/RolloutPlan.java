package dev.tranche.rollout;

import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A decision. Where {@code progress} or {@code stableRevision} differ from what is recorded they
 * have to be recorded first, and only then may anything be assigned.
 *
 * @param clusters one for each cluster of the state, in its order
 * @param stages one for each stage, in the order of the policy, and {@code unmatched} where there
 *     are clusters that follow after all others; one named {@code all} for the strategies without
 *     stages
 * @param progress what to remember
 * @param stableRevision the target revision of the last rollout that completed; null where none
 *     ever did
 * @param outlook where the rollout stands
 * @param steps what happened, in order
 * @param checks the checks whose answers are wanted
 * @param nextLook the next instant at which time alone could change the decision; null for never
 */
public record RolloutPlan(
    List<ClusterPlan> clusters,
    List<StagePlan> stages,
    RolloutProgress progress,
    @Nullable String stableRevision,
    Outlook outlook,
    List<RolloutStep> steps,
    Set<CheckKey> checks,
    @Nullable Instant nextLook) {
  public RolloutPlan {
    clusters = List.copyOf(clusters);
    stages = List.copyOf(stages);
    steps = List.copyOf(steps);
    checks = Set.copyOf(checks);
  }

  /**
   * How many clusters are in each state; every state has an entry, and they add up to the number of
   * clusters.
   */
  public Map<ClusterState, Integer> counts() {
    var counts = noCounts();
    clusters.forEach(cluster -> counts.merge(cluster.state(), 1, Integer::sum));
    return counts;
  }

  static Map<ClusterState, Integer> noCounts() {
    var counts = new EnumMap<ClusterState, Integer>(ClusterState.class);
    for (var state : ClusterState.values()) {
      counts.put(state, 0);
    }
    return counts;
  }
}
