package dev.tranche.controlplane.module;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.rollout.ClusterPlan;
import dev.tranche.rollout.ClusterState;
import dev.tranche.rollout.Outlook;
import dev.tranche.rollout.Reason;
import dev.tranche.rollout.RolloutPlan;
import dev.tranche.rollout.RolloutProgress;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ModuleMetricsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final ModuleMetrics metrics = new ModuleMetrics(registry);

  @Test
  void countsFollowThePlanAndGoWithTheModule() {
    var module = new Module();
    module.getMetadata().setUid("u");
    module.getMetadata().setNamespace("fleet");
    module.getMetadata().setName("ingress");
    metrics.record(module, plan(ClusterState.PROGRESSING, ClusterState.SUCCEEDED));
    assertThat(clusters("Progressing")).isEqualTo(1);
    metrics.record(module, plan(ClusterState.SUCCEEDED, ClusterState.SUCCEEDED));
    assertThat(clusters("Progressing")).isZero();
    assertThat(clusters("Succeeded")).isEqualTo(2);
    metrics.forget(module);
    assertThat(registry.getMeters()).isEmpty();
  }

  private double clusters(String state) {
    return registry
        .get("tranche.module.clusters")
        .tags("kind", "Module", "namespace", "fleet", "name", "ingress", "state", state)
        .gauge()
        .value();
  }

  private static RolloutPlan plan(ClusterState... states) {
    var clusters =
        Stream.of(states)
            .map(state ->
                new ClusterPlan("c", "all", state, new Reason("Because", "because"), null, false))
            .toList();
    return new RolloutPlan(
        clusters,
        List.of(),
        new RolloutProgress("target", Instant.EPOCH, null, Map.of(), null),
        null,
        new Outlook(Outlook.Phase.ROLLING_OUT, ""),
        List.of(),
        Set.of(),
        null);
  }
}
