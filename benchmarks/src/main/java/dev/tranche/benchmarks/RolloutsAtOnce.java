package dev.tranche.benchmarks;

import dev.tranche.crd.v1alpha1.Module;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** As many rollouts in stages at once as there are clusters, all to the same clusters. */
final class RolloutsAtOnce {
  private static final double SECONDS = 135;

  private final Bench bench;

  RolloutsAtOnce(Bench bench) {
    this.bench = bench;
  }

  List<Row> measure() {
    int count = bench.sizes().someClusters();
    var site = bench.site("rollouts-at-once", count);
    try (var _ = bench.flux(site);
        var _ = bench.controlPlane(site)) {
      var before = site.modules(count, "v1.0.0");
      site.declare(before);
      site.awaitReady(before);
      Wait.pause(Counts.SETTLING);
      List<Module> after =
          site.modules(count, "v2.0.0").stream()
              .map(module -> Ring.staged(module, StagedRollout.MAX_UNREADY, List.of()))
              .toList();
      var mark = bench.hub().auditLog().mark();
      var begin = Instant.now();
      site.declare(after);
      site.awaitReady(after);
      var elapsed = Duration.between(begin, Instant.now());
      Wait.pause(Counts.SETTLING);
      var writes = Writes.since(bench.hub(), mark);
      var name = "%1$d such rollouts at once, all to the same %1$d clusters: ".formatted(count);
      return List.of(
          Row.limited(
              name + "until all are Ready",
              elapsed.toMillis() / 1_000.0,
              " s",
              SECONDS,
              "%d assignments".formatted(count * count)),
          Row.limited(
              name + "writes per cluster and rollout",
              writes.count() / (double) (count * count),
              "",
              StagedRollout.WRITES_PER_CLUSTER,
              writes.perAssignment(count * count)));
    }
  }
}
