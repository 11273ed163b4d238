package dev.tranche.benchmarks;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** How long one BootstrapModule takes to all clusters, compared with a bare client. */
final class Speed {
  private static final double LIMIT = 1.3;

  private final Bench bench;

  Speed(Bench bench) {
    this.bench = bench;
  }

  private record Round(BareClient.Times ours, BareClient.Times bare) {
    double assemblages() {
      return ratio(ours.assemblages(), bare.assemblages());
    }

    double all() {
      return ratio(ours.all(), bare.all());
    }

    private static double ratio(Duration ours, Duration bare) {
      return ours.toNanos() / (double) bare.toNanos();
    }
  }

  List<Row> measure() {
    var site = bench.site("speed", bench.sizes().clusters());
    var rounds = new ArrayList<Round>();
    try (var flux = bench.flux(site);
        var _ = bench.controlPlane(site)) {
      // In the first round both sides warm up.
      for (int i = 0; i <= bench.sizes().rounds(); i++) {
        var round = round(site, flux, i);
        bench
            .progress()
            .accept(
                "speed, round %d: assemblages %.2f s against %.2f s, everything %.2f s against %.2f s"
                    .formatted(
                        i,
                        seconds(round.ours().assemblages()),
                        seconds(round.bare().assemblages()),
                        seconds(round.ours().all()),
                        seconds(round.bare().all())));
        if (i > 0) {
          rounds.add(round);
        }
      }
    }
    return List.of(
        row("assemblages written", rounds, Round::assemblages, r -> seconds(r.ours.assemblages())),
        row("and their Flux objects", rounds, Round::all, r -> seconds(r.ours.all())));
  }

  private Round round(Site site, SimulatedFlux flux, int number) {
    var module = site.bootstrapModule("v1.0." + number);
    // The bare client writes no status either.
    flux.pause();
    var mark = bench.hub().auditLog().mark();
    var begin = Instant.now();
    site.declare(List.of(module));
    Wait.until("all Flux objects are written", () -> flux.kustomizations() == site.clusters());
    var writes = Writes.since(bench.hub(), mark);
    var ours =
        new BareClient.Times(
            Duration.between(begin, writes.of("remoteassemblages").last()),
            Duration.between(begin, writes.of("gitrepositories", "kustomizations").last()));
    var client =
        BareClient.like(site, writes.of("remoteassemblages", "gitrepositories", "kustomizations"));
    flux.resume();
    site.awaitReady(List.of(module));
    site.withdraw(module);
    return new Round(ours, client.write("speed-bare-" + number));
  }

  private Row row(
      String what,
      List<Round> rounds,
      ToDoubleFunction<Round> ratio,
      ToDoubleFunction<Round> seconds) {
    var ratios = rounds.stream().mapToDouble(ratio).sorted().toArray();
    return Row.limited(
        "1 module to %d clusters: %s, time".formatted(bench.sizes().clusters(), what),
        median(ratios),
        " × bare client",
        LIMIT,
        "median of %d rounds, %.2f to %.2f; %.1f s"
            .formatted(
                ratios.length,
                ratios[0],
                ratios[ratios.length - 1],
                median(rounds.stream().mapToDouble(seconds).sorted().toArray())));
  }

  private static double median(double[] sorted) {
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1_000.0;
  }
}
