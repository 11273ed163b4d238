package dev.tranche.benchmarks;

import dev.tranche.crd.v1alpha1.Pin;
import dev.tranche.testbed.AuditEvent;
import dev.tranche.testbed.AuditLog;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** One module to very many clusters, in the middle of a rollout. */
final class WideModule {
  private static final int FLEETS = 5;
  private static final double STATUS_KILOBYTES = 64;
  private static final int BUDGET = 20;

  /** As many as a status tells of. */
  private static final int HELD = 10;

  private static final int SAMPLES = 15;

  private final Bench bench;

  WideModule(Bench bench) {
    this.bench = bench;
  }

  List<Row> measure() {
    var site = bench.site("wide", bench.sizes().clusters() * FLEETS);
    try (var flux = bench.flux(site);
        var _ = bench.controlPlane(site)) {
      var before = site.modules(1, "v1.0.0");
      site.declare(before);
      site.awaitReady(before);
      Wait.pause(Counts.SETTLING);
      flux.pause();
      var stable =
          Objects.requireNonNull(
              site.client().resource(before.getFirst()).get().getStatus().stableRevision());
      var mark = bench.hub().auditLog().mark();
      var module =
          Ring.staged(site.modules(1, "v2.0.0").getFirst(), Integer.toString(BUDGET), pins(stable));
      site.declare(List.of(module));
      Wait.until(
          "the budget is used up",
          () -> Writes.since(bench.hub(), mark).exactly("kustomizations").count() == BUDGET);
      var latencies = IntStream.range(0, SAMPLES).mapToObj(i -> latency(flux)).sorted().toList();
      // Counts are written every other second.
      Wait.pause(Duration.ofSeconds(3));
      var status = site.client().resource(module).get().getStatus();
      var kilobytes =
          Serialization.asJson(status).getBytes(StandardCharsets.UTF_8).length / 1_024.0;
      var name = "1 module to %d clusters, during a rollout: ".formatted(site.clusters());
      return List.of(
          Row.limited(
              name + "status",
              kilobytes,
              " KB",
              STATUS_KILOBYTES,
              "%d clusters listed, %d stages"
                  .formatted(
                      status.attention().size(),
                      Objects.requireNonNull(status.rollout()).stages().size())),
          Row.told(
              name + "from one cluster's success to the next assignment",
              (double) latencies.get(latencies.size() / 2).toMillis(),
              " ms",
              "median of %d, %d to %d ms"
                  .formatted(
                      latencies.size(),
                      latencies.getFirst().toMillis(),
                      latencies.getLast().toMillis())));
    }
  }

  private static List<Pin> pins(String revision) {
    var pin =
        """
        revision: %s
        reason: %s
        clusters: [%s]
        """
            .formatted(
                revision,
                "its owners want to see the others first. ".repeat(5).strip(),
                IntStream.range(0, HELD)
                    .mapToObj("cluster-%04d"::formatted)
                    .collect(Collectors.joining(", ")));
    return List.of(Serialization.unmarshal(pin, Pin.class));
  }

  private Duration latency(SimulatedFlux flux) {
    // Whatever the last one has brought about is over by then.
    Wait.pause(Duration.ofSeconds(1));
    var mark = bench.hub().auditLog().mark();
    Wait.until("something is applied", flux::applyOne);
    Wait.until("something is assigned", () -> latency(mark).isPresent());
    return latency(mark).orElseThrow();
  }

  private Optional<Duration> latency(AuditLog.Mark mark) {
    var writes = Writes.since(bench.hub(), mark);
    return first(writes.exactly("remoteassemblages/status"))
        .flatMap(success ->
            first(writes.exactly("remoteassemblages"))
                .map(assigned -> Duration.between(success, assigned)));
  }

  private static Optional<Instant> first(Writes writes) {
    return writes.events().stream().map(AuditEvent::time).min(Instant::compareTo);
  }
}
