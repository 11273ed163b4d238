package dev.tranche.controlplane.module;

import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.rollout.ClusterState;
import dev.tranche.rollout.RolloutPlan;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** How many clusters of each module are in which state: {@code tranche_module_clusters}. */
final class ModuleMetrics {
  private final MeterRegistry registry;
  private final Map<String, Counts> modules = new ConcurrentHashMap<>();

  ModuleMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  void record(FleetModule module, RolloutPlan plan) {
    var counts =
        modules.computeIfAbsent(module.getMetadata().getUid(), _ -> new Counts(registry, module));
    var now = plan.counts();
    counts.byState.forEach((state, count) -> count.set(now.getOrDefault(state, 0)));
  }

  void forget(FleetModule module) {
    var counts = modules.remove(module.getMetadata().getUid());
    if (counts != null) {
      counts.meters.forEach(registry::remove);
    }
  }

  private static final class Counts {
    private final Map<ClusterState, AtomicInteger> byState = new EnumMap<>(ClusterState.class);
    private final List<Meter> meters = new ArrayList<>();

    Counts(MeterRegistry registry, FleetModule module) {
      for (var state : ClusterState.values()) {
        var count = new AtomicInteger();
        byState.put(state, count);
        meters.add(
            Gauge.builder("tranche.module.clusters", count, AtomicInteger::get)
                .description("Selected clusters by state")
                .tag("kind", module.getKind())
                .tag("namespace", module.getMetadata().getNamespace())
                .tag("name", module.getMetadata().getName())
                .tag("state", state.word())
                .register(registry));
      }
    }
  }
}
