package dev.tranche.rollout;

import dev.tranche.rollout.Gate.Check;
import dev.tranche.rollout.RolloutProgress.StageProgress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Decides what each cluster is assigned and in which state it is.
 *
 * <p>Pure and total: the same state gives the same plan, and a state whose plan was recorded and
 * carried out gives a plan that changes nothing.
 */
public final class RolloutPlanner {
  private RolloutPlanner() {}

  /** Decides on this state alone; never throws. */
  public static RolloutPlan plan(RolloutState state) {
    var remembered = Progression.remembered(state);
    var turns = new Turns(state.policy().order(), state.targetRevision(), state.clusters());
    var membership = Membership.of(state, remembered.stages(), turns);
    var layout = membership.layout();
    var readings = new Readings(state, layout, membership);
    var moved = Progression.move(state, layout, readings, membership, remembered);
    var assigning = new Assigning(state, layout, readings, moved);
    var clusters = List.of(assigning.plans(turns));
    return new RolloutPlan(
        clusters,
        stages(layout, readings, moved, clusters),
        moved.progress(),
        moved.progress().completedAt() != null ? state.targetRevision() : state.stableRevision(),
        Outlooks.of(state, layout, readings, moved, clusters, assigning.outsideWindow()),
        Progression.steps(layout, state.progress(), moved.progress()),
        checks(layout, moved),
        assigning.clock().next());
  }

  private static List<StagePlan> stages(
      Layout layout, Readings readings, Progression.Moved moved, List<ClusterPlan> clusters) {
    var counts = Stream.generate(RolloutPlan::noCounts).limit(layout.stages().size()).toList();
    for (int c = 0; c < clusters.size(); c++) {
      int stage = readings.of(c).stage();
      if (stage != Layout.NONE) {
        counts.get(stage).merge(clusters.get(c).state(), 1, Integer::sum);
      }
    }
    var stages = new ArrayList<StagePlan>();
    for (int s = 0; s < counts.size(); s++) {
      var name = layout.stages().get(s).name();
      var progress = Objects.requireNonNull(moved.progress().stages().get(name));
      stages.add(
          new StagePlan(name, standing(progress, moved.gates().containsKey(s)), counts.get(s)));
    }
    return stages;
  }

  private static StagePlan.State standing(StageProgress progress, boolean atGate) {
    if (progress.passed()) {
      return StagePlan.State.PASSED;
    }
    if (atGate) {
      return StagePlan.State.GATING;
    }
    return progress.startedAt() == null ? StagePlan.State.WAITING : StagePlan.State.ROLLING_OUT;
  }

  private static Set<CheckKey> checks(Layout layout, Progression.Moved moved) {
    var checks = new HashSet<CheckKey>();
    moved
        .gates()
        .forEach((stage, gate) -> {
          if (gate.gate() instanceof Check) {
            checks.add(new CheckKey(layout.stages().get(stage).name(), gate.place()));
          }
        });
    return checks;
  }
}
