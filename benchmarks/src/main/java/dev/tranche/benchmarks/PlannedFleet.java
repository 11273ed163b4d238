package dev.tranche.benchmarks;

import dev.tranche.rollout.ClusterFacts;
import dev.tranche.rollout.FailurePolicy;
import dev.tranche.rollout.Gate;
import dev.tranche.rollout.Joining;
import dev.tranche.rollout.Observation;
import dev.tranche.rollout.Observation.Outcome;
import dev.tranche.rollout.Order;
import dev.tranche.rollout.Reason;
import dev.tranche.rollout.RolloutPolicy;
import dev.tranche.rollout.RolloutProgress;
import dev.tranche.rollout.RolloutProgress.StageProgress;
import dev.tranche.rollout.RolloutState;
import dev.tranche.rollout.Share;
import dev.tranche.rollout.Stage;
import dev.tranche.rollout.Standing;
import dev.tranche.rollout.Strategy;
import dev.tranche.rollout.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A fleet that a decision is made on. Every cluster has its own strings, as if they were read. */
public enum PlannedFleet {
  /** Three stages: the first was passed, the second is half done, the third waits. */
  STAGED,
  /** Everything is assigned at once. */
  REPLACE,
  /** The first tenth of all clusters, in an order at random. */
  INCREMENTAL;

  private static final Instant NOW = Instant.parse("2026-03-02T09:00:00Z");
  private static final Instant BEGIN = NOW.minusSeconds(3_600);
  private static final String STABLE = "3f786850e387550fdab836ed7e6dc881de23001b";
  private static final String TARGET = "89e6c98d92887913cadf06b2adb97f26cde4849b";

  RolloutState state(int clusters) {
    var facts = IntStream.range(0, clusters).mapToObj(i -> cluster(i, clusters)).toList();
    return new RolloutState(
        NOW, false, TARGET, STABLE, policy(), facts, progress(), "", Set.of(), Map.of());
  }

  private RolloutPolicy policy() {
    return new RolloutPolicy(
        switch (this) {
          case STAGED ->
              new Strategy.Staged(
                  List.of(
                      stage("canary", List.of(new Gate.Soak(Duration.ofMinutes(10)))),
                      stage("europe", List.of()),
                      stage("america", List.of())),
                  Strategy.Unmatched.LAST_STAGE);
          case REPLACE -> new Strategy.Replace();
          case INCREMENTAL -> new Strategy.Incremental();
        },
        new Share.Percent(10),
        this == INCREMENTAL ? new Order.Random() : new Order.ByName(),
        Joining.STABLE,
        new FailurePolicy(new Share.Count(0), Duration.ofMinutes(10), FailurePolicy.Action.HALT),
        List.of());
  }

  private @Nullable RolloutProgress progress() {
    if (this != STAGED) {
      return null;
    }
    var passed = new StageProgress(BEGIN, BEGIN, 1, null, NOW.minusSeconds(600), Set.of());
    var begun = new StageProgress(NOW.minusSeconds(600), null, 0, null, null, Set.of());
    return new RolloutProgress(
        TARGET, BEGIN, null, Map.of("canary", passed, "europe", begun), null);
  }

  private ClusterFacts cluster(int place, int clusters) {
    var runs = this == STAGED && place < clusters / 2 ? TARGET : STABLE;
    return new ClusterFacts(
        "cluster-%07d".formatted(place),
        Map.of("stage", stageOf(place, clusters), "env", "prod", "place", String.valueOf(place)),
        new Standing.Participating(),
        null,
        null,
        new Target.Revision(copy(TARGET)),
        new Target.Revision(copy(STABLE)),
        copy(runs),
        false,
        new Observation(
            copy(runs),
            Outcome.SUCCEEDED,
            new Reason("ReconciliationSucceeded", "Applied revision: v1@sha1:" + runs)),
        BEGIN);
  }

  private static String stageOf(int place, int clusters) {
    if (place < clusters / 100) {
      return "canary";
    }
    return place < clusters * 0.75 ? "europe" : "america";
  }

  private static Stage stage(String name, List<Gate> gates) {
    return new Stage(
        name, labels -> name.equals(labels.get("stage")), null, null, gates, null, null);
  }

  private static String copy(String word) {
    return new String(word.toCharArray());
  }
}
