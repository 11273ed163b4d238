package dev.tranche.benchmarks;

import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.testbed.AuditEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** How long a rollout in stages takes, compared with a script. */
final class StagedRollout {
  static final double WRITES_PER_CLUSTER = 4;
  static final String MAX_UNREADY = "50%";

  private static final int WARM_UP = 12;
  private static final double SECONDS = 5;
  private static final double TIMES_SCRIPT = 1.5;

  private final Bench bench;

  StagedRollout(Bench bench) {
    this.bench = bench;
  }

  private record Round(double seconds, double script, Writes writes) {
    double ratio() {
      return seconds / script;
    }
  }

  List<Row> measure() {
    var site = bench.site("rollout", bench.sizes().someClusters());
    var rounds = new ArrayList<Round>();
    try (var _ = bench.flux(site);
        var _ = bench.controlPlane(site)) {
      var mark = bench.hub().auditLog().mark();
      var first = module(site, "v1.0.0");
      site.declare(List.of(first));
      site.awaitReady(List.of(first));
      try (var script =
          RolloutScript.prepare(site, first, Writes.since(bench.hub(), mark), "rollout-script")) {
        // In the first rounds both sides warm up; a hundred clusters alone do not warm up much.
        for (int i = 1 - WARM_UP; i <= bench.sizes().rounds(); i++) {
          var round = round(site, script, "v1.1." + (WARM_UP + i));
          bench
              .progress()
              .accept(
                  "rollout, round %d: %.2f s against %.2f s; writes per cluster: %s"
                      .formatted(
                          i,
                          round.seconds(),
                          round.script(),
                          round.writes().perAssignment(site.clusters())));
          if (i > 0) {
            rounds.add(round);
          }
        }
      }
    }
    var name = "%d clusters, stages of 20, 30 and 50 %% at 50 %%: ".formatted(site.clusters());
    var seconds = rounds.stream().map(Round::seconds).sorted().toList();
    var ratios = rounds.stream().map(Round::ratio).sorted().toList();
    var most =
        Collections.max(
            rounds.stream().map(Round::writes).toList(), Comparator.comparingInt(Writes::count));
    return List.of(
        Row.limited(
            name + "from the edit to Ready",
            seconds.getLast(),
            " s",
            SECONDS,
            "the slowest of %d rounds, median %.2f, fastest %.2f"
                .formatted(seconds.size(), seconds.get(seconds.size() / 2), seconds.getFirst())),
        Row.limited(
            name + "time",
            ratios.get(ratios.size() / 2),
            " × script",
            TIMES_SCRIPT,
            "median of %d rounds, %.2f to %.2f"
                .formatted(ratios.size(), ratios.getFirst(), ratios.getLast())),
        Row.limited(
            name + "writes per cluster",
            most.count() / (double) site.clusters(),
            "",
            WRITES_PER_CLUSTER,
            most.perAssignment(site.clusters())));
  }

  private static Module module(Site site, String version) {
    return Ring.staged(site.modules(1, version).getFirst(), MAX_UNREADY, List.of());
  }

  private Round round(Site site, RolloutScript script, String version) {
    var module = module(site, version);
    var mark = bench.hub().auditLog().mark();
    var begin = Instant.now();
    site.declare(List.of(module));
    site.client().resource(module).waitUntilCondition(Site::isReady, 10, TimeUnit.MINUTES);
    var elapsed = Duration.between(begin, Instant.now());
    var underway = Writes.since(bench.hub(), mark);
    Wait.pause(Counts.SETTLING);
    var writes = Writes.since(bench.hub(), mark);
    var taken = script.run(batches(site, underway), underway);
    return new Round(elapsed.toMillis() / 1_000.0, taken.toMillis() / 1_000.0, writes);
  }

  /** What a ring may have unready at once is a batch, in the order of the control plane. */
  private static List<List<String>> batches(Site site, Writes writes) {
    var rings =
        writes.exactly("remoteassemblages").events().stream()
            .map(AuditEvent::name)
            .distinct()
            .collect(
                Collectors.groupingBy(
                    name ->
                        Ring.of(
                            Integer.parseInt(name.substring(name.lastIndexOf('-') + 1)),
                            site.clusters()),
                    TreeMap::new,
                    Collectors.toList()));
    var batches = new ArrayList<List<String>>();
    rings
        .values()
        .forEach(clusters -> {
          int size = Math.max(1, clusters.size() / 2);
          for (int i = 0; i < clusters.size(); i += size) {
            batches.add(clusters.subList(i, Math.min(i + size, clusters.size())));
          }
        });
    return batches;
  }
}
