package dev.tranche.controlplane.module;

import dev.tranche.crd.v1alpha1.Summary;
import dev.tranche.rollout.ClusterState;
import dev.tranche.rollout.RolloutPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How many clusters are in which state. */
record ClusterCounts(Map<ClusterState, Integer> byState, int total) {
  static ClusterCounts of(RolloutPlan plan) {
    return of(plan.counts());
  }

  static ClusterCounts of(Map<ClusterState, Integer> byState) {
    return new ClusterCounts(byState, byState.values().stream().mapToInt(Integer::intValue).sum());
  }

  int of(ClusterState state) {
    return byState.getOrDefault(state, 0);
  }

  Summary summary() {
    return new Summary(
        total,
        of(ClusterState.NOT_READY),
        of(ClusterState.HELD),
        of(ClusterState.PENDING),
        of(ClusterState.PROGRESSING),
        of(ClusterState.SUCCEEDED),
        of(ClusterState.FAILED),
        of(ClusterState.UNREACHABLE));
  }

  /** Such as {@code 15 of 24 clusters at v1.4.0, 4 in progress, 5 pending}. */
  String at(String version) {
    var parts = new ArrayList<String>();
    parts.add("%d of %s at %s".formatted(of(ClusterState.SUCCEEDED), clusters(total), version));
    add(parts, of(ClusterState.PROGRESSING), "in progress");
    add(parts, of(ClusterState.PENDING), "pending");
    add(parts, of(ClusterState.HELD), "held");
    add(parts, of(ClusterState.UNREACHABLE), "unreachable");
    add(parts, of(ClusterState.NOT_READY), "not ready");
    return String.join(", ", parts);
  }

  private static void add(List<String> parts, int count, String what) {
    if (count > 0) {
      parts.add(count + " " + what);
    }
  }

  /** A number of clusters in words. */
  static String clusters(int count) {
    return count == 1 ? "1 cluster" : count + " clusters";
  }
}
