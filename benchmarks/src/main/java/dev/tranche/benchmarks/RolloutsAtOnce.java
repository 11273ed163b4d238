package dev.tranche.benchmarks;

import dev.tranche.crd.v1alpha1.Module;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** As many rollouts in stages at once as there are clusters, all to the same clusters. */
final class RolloutsAtOnce {
  private static final double SECONDS = 135;
  private static final double TIMES_BARE = 1.5;

  private final Bench bench;

  RolloutsAtOnce(Bench bench) {
    this.bench = bench;
  }

  List<Row> measure() {
    int count = bench.sizes().someClusters();
    var site = bench.site("rollouts-at-once", count);
    List<Module> after =
        site.modules(count, "v2.0.0").stream()
            .map(module -> Ring.staged(module, StagedRollout.MAX_UNREADY, List.of()))
            .toList();
    BareClient first;
    Duration elapsed;
    Writes writes;
    try (var _ = bench.flux(site);
        var _ = bench.controlPlane(site)) {
      var start = bench.hub().auditLog().mark();
      var before = site.modules(count, "v1.0.0");
      site.declare(before);
      site.awaitReady(before);
      Wait.pause(Counts.SETTLING);
      first =
          BareClient.like(
              site,
              Writes.since(bench.hub(), start)
                  .of("remoteassemblages", "gitrepositories", "kustomizations"));
      var mark = bench.hub().auditLog().mark();
      var begin = Instant.now();
      site.declare(after);
      site.awaitReady(after);
      elapsed = Duration.between(begin, Instant.now());
      Wait.pause(Counts.SETTLING);
      writes = Writes.since(bench.hub(), mark);
    }
    bench.progress().accept("rollouts-at-once: %.1f s".formatted(seconds(elapsed)));
    var bare = Replay.prepare(site, after, first, "rollouts-at-once-bare").run(writes);
    var name = "%1$d such rollouts at once, all to the same %1$d clusters: ".formatted(count);
    int assignments = count * count;
    return List.of(
        Row.limited(
            name + "until all are Ready",
            seconds(elapsed),
            " s",
            SECONDS,
            "%d assignments".formatted(assignments)),
        Row.limited(
            name + "time",
            seconds(elapsed) / seconds(bare),
            " × bare client",
            TIMES_BARE,
            "which needs %.1f s for the same writes and for Flux's".formatted(seconds(bare))),
        Row.limited(
            name + "writes per cluster and rollout",
            writes.count() / (double) assignments,
            "",
            StagedRollout.WRITES_PER_CLUSTER,
            writes.perAssignment(assignments)));
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1_000.0;
  }
}
