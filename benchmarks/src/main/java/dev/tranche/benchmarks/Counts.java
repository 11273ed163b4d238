package dev.tranche.benchmarks;

import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.Module;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** How many writes the control plane makes. */
final class Counts {
  private static final double WRITES_PER_ASSIGNMENT = 4;
  private static final double WRITES_PER_CLUSTER = 2;

  /** Longer than the control plane keeps a source that went out of use. */
  static final Duration SETTLING = Duration.ofSeconds(8);

  private static final Duration REST = Duration.ofSeconds(20);

  private final Bench bench;

  Counts(Bench bench) {
    this.bench = bench;
  }

  /** Many modules at once: writes of assemblages. */
  List<Row> gathering() {
    var site = bench.site("gathering", bench.sizes().someClusters());
    try (var _ = bench.flux(site);
        var _ = bench.controlPlane(site)) {
      var mark = bench.hub().auditLog().mark();
      var modules = site.modules(bench.sizes().burst(), "v1.0.0");
      site.declare(modules);
      site.awaitReady(modules);
      var writes = Writes.since(bench.hub(), mark).of("remoteassemblages");
      return List.of(
          Row.limited(
              "%d modules to %d clusters at once: writes of assemblages"
                  .formatted(modules.size(), site.clusters()),
              writes.count(),
              "",
              site.clusters() * WRITES_PER_CLUSTER,
              "%d assignments".formatted(modules.size() * site.clusters())));
    }
  }

  /** One module to many clusters: all writes. */
  List<Row> oneToMany() {
    var site = bench.site("one-to-many", bench.sizes().clusters());
    try (var _ = bench.flux(site);
        var _ = bench.controlPlane(site)) {
      return all(site, List.of(site.modules(1, "v1.0.0"), site.modules(1, "v2.0.0")));
    }
  }

  /** Many modules to some clusters: all writes. */
  List<Row> manyToSome() {
    var site = bench.site("many-to-some", bench.sizes().someClusters());
    int modules = bench.sizes().modules();
    try (var _ = bench.flux(site);
        var _ = bench.controlPlane(site)) {
      return all(site, List.of(site.modules(modules, "v1.0.0"), site.modules(modules, "v2.0.0")));
    }
  }

  private List<Row> all(Site site, List<List<Module>> versions) {
    var rows = new ArrayList<Row>();
    var what = "first version";
    for (var modules : versions) {
      rows.addAll(carriedThrough(site, modules, what));
      what = "next version";
    }
    return rows;
  }

  private List<Row> carriedThrough(Site site, List<? extends FleetModule> modules, String what) {
    var mark = bench.hub().auditLog().mark();
    site.declare(modules);
    site.awaitReady(modules);
    Wait.pause(SETTLING);
    var writes = Writes.since(bench.hub(), mark);
    int assignments = modules.size() * site.clusters();
    var name = "%d × %d, %s".formatted(modules.size(), site.clusters(), what);
    return List.of(
        Row.limited(
            name + ": writes per assignment",
            writes.count() / (double) assignments,
            "",
            WRITES_PER_ASSIGNMENT,
            writes.perAssignment(assignments)),
        rest(name));
  }

  /** Counts the writes while nothing changes. */
  Row rest(String name) {
    var mark = bench.hub().auditLog().mark();
    Wait.pause(REST);
    var writes = Writes.since(bench.hub(), mark);
    return Row.limited(
        name + ": writes at rest", writes.count(), "", 0, "in %d s".formatted(REST.toSeconds()));
  }
}
