package dev.tranche.rollout;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Copies of states in which one thing is different. */
final class States {
  private States() {}

  static RolloutState withClusters(RolloutState s, UnaryOperator<ClusterFacts> change) {
    return with(s, s.policy(), s.clusters().stream().map(change).toList(), s.progress());
  }

  static RolloutState withPolicy(RolloutState s, RolloutPolicy policy) {
    return with(s, policy, s.clusters(), s.progress());
  }

  static RolloutState withProgress(RolloutState s, @Nullable RolloutProgress progress) {
    return with(s, s.policy(), s.clusters(), progress);
  }

  private static RolloutState with(
      RolloutState s,
      RolloutPolicy policy,
      List<ClusterFacts> clusters,
      @Nullable RolloutProgress progress) {
    return new RolloutState(
        s.now(),
        s.suspended(),
        s.targetRevision(),
        s.stableRevision(),
        policy,
        clusters,
        progress,
        s.attempt(),
        s.approvals(),
        s.checks());
  }

  static RolloutState resumed(RolloutState s) {
    return new RolloutState(
        s.now(),
        false,
        s.targetRevision(),
        s.stableRevision(),
        s.policy(),
        s.clusters(),
        s.progress(),
        s.attempt(),
        s.approvals(),
        s.checks());
  }

  static RolloutState answered(
      RolloutState s, Set<Approval> approvals, Map<CheckKey, CheckAnswer> checks) {
    return new RolloutState(
        s.now(),
        s.suspended(),
        s.targetRevision(),
        s.stableRevision(),
        s.policy(),
        s.clusters(),
        s.progress(),
        s.attempt(),
        approvals,
        checks);
  }

  static ClusterFacts standing(ClusterFacts c, Standing standing) {
    return facts(c, standing, c.hold(), c.pin(), c.observed());
  }

  static ClusterFacts hold(ClusterFacts c, @Nullable Hold hold) {
    return facts(c, c.standing(), hold, c.pin(), c.observed());
  }

  static ClusterFacts pin(ClusterFacts c, @Nullable Pin pin) {
    return facts(c, c.standing(), c.hold(), pin, c.observed());
  }

  static ClusterFacts observed(ClusterFacts c, @Nullable Observation observed) {
    return facts(c, c.standing(), c.hold(), c.pin(), observed);
  }

  private static ClusterFacts facts(
      ClusterFacts c,
      Standing standing,
      @Nullable Hold hold,
      @Nullable Pin pin,
      @Nullable Observation observed) {
    return new ClusterFacts(
        c.name(),
        c.labels(),
        standing,
        hold,
        pin,
        c.target(),
        c.stable(),
        c.assigned(),
        c.tampered(),
        observed,
        c.since());
  }

  static RolloutPolicy budget(RolloutPolicy p, UnaryOperator<Share> change) {
    var strategy = p.strategy();
    if (strategy instanceof Strategy.Staged) {
      strategy =
          stages(
              strategy,
              stage ->
                  new Stage(
                      stage.name(),
                      stage.selector(),
                      stage.sample(),
                      stage.maxUnready() == null ? null : change.apply(stage.maxUnready()),
                      stage.gates(),
                      stage.ramp(),
                      stage.after()));
    }
    return new RolloutPolicy(
        strategy, change.apply(p.maxUnready()), p.order(), p.joining(), p.failure(), p.windows());
  }

  static RolloutPolicy failure(RolloutPolicy p, FailurePolicy failure) {
    return new RolloutPolicy(
        p.strategy(), p.maxUnready(), p.order(), p.joining(), failure, p.windows());
  }

  static RolloutPolicy stages(RolloutPolicy p, UnaryOperator<Stage> change) {
    return new RolloutPolicy(
        stages(p.strategy(), change),
        p.maxUnready(),
        p.order(),
        p.joining(),
        p.failure(),
        p.windows());
  }

  private static Strategy stages(Strategy strategy, UnaryOperator<Stage> change) {
    return strategy instanceof Strategy.Staged(var stages, var unmatched)
        ? new Strategy.Staged(stages.stream().map(change).toList(), unmatched)
        : strategy;
  }

  static RolloutPlan withClusters(RolloutPlan p, List<ClusterPlan> clusters) {
    return new RolloutPlan(
        clusters,
        p.stages(),
        p.progress(),
        p.stableRevision(),
        p.outlook(),
        p.steps(),
        p.checks(),
        p.nextLook());
  }

  static RolloutPlan withProgress(RolloutPlan p, RolloutProgress progress) {
    return new RolloutPlan(
        p.clusters(),
        p.stages(),
        progress,
        p.stableRevision(),
        p.outlook(),
        p.steps(),
        p.checks(),
        p.nextLook());
  }

  static ClusterPlan assigning(ClusterPlan c, @Nullable String assign) {
    return new ClusterPlan(c.cluster(), c.stage(), c.state(), c.reason(), assign, c.atTarget());
  }
}
