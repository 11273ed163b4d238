package dev.tranche.rollout;

/**
 * Decides what each cluster is assigned and in which state it is: everything at once, the strategy
 * {@code Replace}.
 *
 * <p>Pure and total: the same state gives the same plan, and a state whose assignments were carried
 * out gives a plan without any.
 */
public final class RolloutPlanner {
  private RolloutPlanner() {}

  /** Decides on this state alone; never throws. */
  public static RolloutPlan plan(RolloutState state) {
    return new RolloutPlan(
        state.clusters().stream().map(cluster -> plan(cluster, state.suspended())).toList());
  }

  private static ClusterPlan plan(ClusterFacts cluster, boolean suspended) {
    var decided =
        switch (cluster.target()) {
          case Target.Unresolvable(Reason reason) ->
              still(cluster, ClusterState.FAILED, reason, false);
          case Target.Revision(String target) -> towards(cluster, target, suspended);
        };
    return switch (cluster.standing()) {
      case Standing.Participating() -> decided;
      case Standing.NotReady(Reason reason) ->
          still(cluster, ClusterState.NOT_READY, reason, decided.atTarget());
      // What is assigned waits in the control plane until the cluster is back, so assigning need
      // not wait for it.
      case Standing.Unreachable(Reason reason) ->
          new ClusterPlan(
              cluster.name(),
              ClusterState.UNREACHABLE,
              reason,
              decided.assign(),
              decided.atTarget());
    };
  }

  private static ClusterPlan towards(ClusterFacts cluster, String target, boolean suspended) {
    if (target.equals(cluster.assigned())) {
      return observed(cluster, target);
    }
    if (suspended) {
      return still(
          cluster, ClusterState.HELD, new Reason("Suspended", "the module is suspended"), false);
    }
    if (cluster.hold() != null) {
      return still(cluster, ClusterState.HELD, cluster.hold(), false);
    }
    return new ClusterPlan(
        cluster.name(),
        ClusterState.PENDING,
        new Reason("Assigning", "about to be assigned"),
        true,
        false);
  }

  private static ClusterPlan observed(ClusterFacts cluster, String target) {
    var observed = cluster.observed();
    if (observed == null || !observed.revision().equals(target)) {
      return still(
          cluster,
          ClusterState.PROGRESSING,
          new Reason("Assigned", "assigned, no report on it yet"),
          false);
    }
    return switch (observed.outcome()) {
      case UPDATING -> still(cluster, ClusterState.PROGRESSING, observed.reason(), false);
      case SUCCEEDED -> still(cluster, ClusterState.SUCCEEDED, observed.reason(), true);
      case FAILED -> still(cluster, ClusterState.FAILED, observed.reason(), false);
    };
  }

  private static ClusterPlan still(
      ClusterFacts cluster, ClusterState state, Reason reason, boolean atTarget) {
    return new ClusterPlan(cluster.name(), state, reason, false, atTarget);
  }
}
