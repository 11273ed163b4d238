package dev.tranche.benchmarks;

import java.util.List;

/** What the control plane needs of its machine with many modules on many clusters. */
final class Footprint {
  private final Bench bench;

  Footprint(Bench bench) {
    this.bench = bench;
  }

  List<Row> measure() {
    var site = bench.site("footprint", bench.sizes().clusters());
    try (var _ = bench.flux(site);
        var controlPlane = bench.controlPlane(site)) {
      var modules = site.modules(bench.sizes().modules(), "v1.0.0");
      int assignments = modules.size() * site.clusters();
      var before = controlPlane.cpu();
      site.declare(modules);
      site.awaitReady(modules);
      var used = controlPlane.cpu().minus(before).toMillis() / 1_000.0;
      var resident = controlPlane.residentMegabytes();
      var name = "%d × %d".formatted(modules.size(), site.clusters());
      return List.of(
          Row.limited(
              name + ": heap in use",
              controlPlane.heapMegabytes(),
              " MB",
              ControlPlaneProcess.HEAP_MEGABYTES,
              "after a full collection, all Ready; runs with -Xmx%dm"
                  .formatted(ControlPlaneProcess.HEAP_MEGABYTES)),
          Row.told(name + ": resident memory", resident, " MB", "all Ready"),
          Row.told(
              name + ": processor time",
              used,
              " s",
              "%.2f ms an assignment".formatted(used * 1_000 / assignments)),
          new Counts(bench).rest(name));
    }
  }
}
