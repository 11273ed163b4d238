package dev.tranche.rollout;

import dev.tranche.rollout.RolloutProgress.StageProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Which cluster belongs to which stage. */
final class Membership {
  private static final int FREE = -2;

  private final Layout layout;
  private final int[] stages;
  private final List<Set<String>> sampled;

  private Membership(Layout layout, int[] stages, List<Set<String>> sampled) {
    this.layout = layout;
    this.stages = stages;
    this.sampled = sampled;
  }

  /** The stages, with one more where there are clusters that none of the policy takes. */
  Layout layout() {
    return layout;
  }

  /** The place of a cluster's stage; {@link Layout#NONE} where no stage takes it. */
  int stage(int cluster) {
    return stages[cluster];
  }

  /** The clusters that the sample of a stage took. */
  Set<String> sampled(int stage) {
    return sampled.get(stage);
  }

  static Membership of(RolloutState state, Map<String, StageProgress> progress, Turns turns) {
    var layout = Layout.of(state.policy().strategy());
    var clusters = state.clusters();
    var stages = new int[clusters.size()];
    Arrays.fill(stages, FREE);
    var sampled = new ArrayList<Set<String>>();
    boolean last =
        state.policy().strategy() instanceof Strategy.Staged(_, var unmatchedTo)
            && unmatchedTo == Strategy.Unmatched.LAST_STAGE;
    for (int s = 0; s < layout.stages().size(); s++) {
      var stage = layout.stages().get(s);
      var taken = stage.sample() == null ? null : sample(stage, state, stages, progress, turns);
      for (int c = 0; c < stages.length; c++) {
        if (stages[c] == FREE
            && (taken == null
                ? stage.selector().matches(clusters.get(c).labels())
                : taken.contains(clusters.get(c).name()))) {
          stages[c] = s;
        }
      }
      sampled.add(taken == null ? Set.of() : taken);
    }
    boolean unmatched = false;
    for (int c = 0; c < stages.length; c++) {
      if (stages[c] == FREE) {
        stages[c] = last ? layout.stages().size() : Layout.NONE;
        unmatched = true;
      }
    }
    if (unmatched && last) {
      sampled.add(Set.of());
      return new Membership(layout.withUnmatched(), stages, sampled);
    }
    return new Membership(layout, stages, sampled);
  }

  /** Those that were taken before stay, so that clusters that join do not change what is tried. */
  private static Set<String> sample(
      Stage stage,
      RolloutState state,
      int[] stages,
      Map<String, StageProgress> progress,
      Turns turns) {
    var before = progress.getOrDefault(stage.name(), StageProgress.NONE);
    var rule = Objects.requireNonNull(stage.sample());
    var taken = new HashSet<String>();
    var perValue = new HashMap<String, Integer>();
    var others = new ArrayList<Integer>();
    for (int c = 0; c < stages.length; c++) {
      var cluster = state.clusters().get(c);
      if (stages[c] != FREE || !stage.selector().matches(cluster.labels())) {
        continue;
      }
      if (before.sampled().contains(cluster.name())) {
        taken.add(cluster.name());
        perValue.merge(value(rule, cluster), 1, Integer::sum);
      } else if (!before.passed() && isOfUse(cluster, state.now())) {
        others.add(c);
      }
    }
    for (int c : turns.sorted(others)) {
      var cluster = state.clusters().get(c);
      var value = value(rule, cluster);
      if (perValue.getOrDefault(value, 0) < rule.count()) {
        taken.add(cluster.name());
        perValue.merge(value, 1, Integer::sum);
      }
    }
    return taken;
  }

  private static String value(Stage.Sample rule, ClusterFacts cluster) {
    return rule.perLabel() == null ? "" : cluster.labels().getOrDefault(rule.perLabel(), "");
  }

  /** Whether trying something on a cluster would tell anything. */
  private static boolean isOfUse(ClusterFacts cluster, Instant now) {
    return Reading.of(cluster, 0, Duration.ZERO, now).takesPart();
  }
}
