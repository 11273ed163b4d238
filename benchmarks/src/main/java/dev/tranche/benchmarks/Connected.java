package dev.tranche.benchmarks;

import dev.tranche.crd.v1alpha1.ProxyAssemblage;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/** What it costs to be connected to many clusters, and how soon a change in one is seen. */
final class Connected {
  private static final double HEAP_LIMIT_KB = 100;

  /** Event loops, workers and timers; none of them for a cluster. */
  private static final double THREADS_LIMIT = 40;

  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration BETWEEN_CHANGES = Duration.ofMillis(20);
  private static final int HANGING_PERCENT = 5;
  private static final int ROUNDS = 2;

  private final Bench bench;

  Connected(Bench bench) {
    this.bench = bench;
  }

  List<Row> measure() {
    int clusters = bench.sizes().clusters();
    var rows = new ArrayList<Row>();
    bench.progress().accept("connections: %d clusters".formatted(clusters));
    try (var fleet = ConnectedFleet.create(bench.hub(), "connections", clusters);
        var controlPlane = bench.controlPlane(fleet.namespace(), List.of());
        var seen = Seen.by(fleet)) {
      var servers = fleet.servers();
      Wait.until("the kubeconfigs are refused", seen::allReported);
      double heapBefore = controlPlane.heapMegabytes();
      double threadsBefore = controlPlane.threads();
      double residentBefore = controlPlane.residentMegabytes();

      fleet.admit();
      Wait.until("all clusters are watched", () -> isConnected(fleet));
      report(fleet, seen, "first");
      double heap = controlPlane.heapMegabytes() - heapBefore;
      rows.add(
          Row.limited(
              "connections: heap of a cluster with a watch",
              heap * 1_024 / clusters,
              " KB",
              HEAP_LIMIT_KB,
              "after a full collection, less that with no kubeconfig accepted; %d clusters, TLS with client certificates"
                  .formatted(clusters)));
      rows.add(
          Row.told(
              "connections: resident memory of a cluster",
              (controlPlane.residentMegabytes() - residentBefore) * 1_024 / clusters,
              " KB",
              ""));
      rows.add(
          Row.limited(
              "connections: threads",
              controlPlane.threads(),
              "",
              threadsBefore + THREADS_LIMIT,
              "%.0f before any cluster was connected".formatted(threadsBefore)));

      var cpu = controlPlane.cpu();
      long requests = servers.requests();
      Wait.pause(MINUTE);
      double asked = servers.requests() - requests;
      double used = controlPlane.cpu().minus(cpu).toMillis() / 1_000.0;
      rows.add(
          Row.told(
              "connections: requests of an idle cluster",
              asked / clusters,
              " a minute",
              "%.0f in a minute, all clusters together".formatted(asked)));
      rows.add(
          Row.told(
              "connections: processor while idle",
              used / MINUTE.toSeconds() * 100,
              " %",
              "of one processor, %d clusters".formatted(clusters)));
      rows.addAll(changes(fleet, seen, "connections", clusters));

      int hanging = Math.max(1, clusters * HANGING_PERCENT / 100);
      IntStream.range(0, hanging).forEach(number -> servers.server(number).hang());
      rows.addAll(
          changes(fleet, seen, "connections, %d %% hanging".formatted(HANGING_PERCENT), clusters));
      IntStream.range(0, hanging).forEach(number -> servers.server(number).resume());
    }
    rows.addAll(startWhereSomeHang(clusters));
    return rows;
  }

  /** How long a control plane that starts takes until it has a watch on every cluster. */
  private List<Row> startWhereSomeHang(int clusters) {
    var rows = new ArrayList<Row>();
    try (var fleet = ConnectedFleet.create(bench.hub(), "connecting", clusters)) {
      fleet.admit();
      for (int hanging : new int[] {0, Math.max(1, clusters * HANGING_PERCENT / 100)}) {
        IntStream.range(0, hanging).forEach(number -> fleet.servers().server(number).hang());
        try (var _ = bench.controlPlane(fleet.namespace(), List.of())) {
          long begin = System.nanoTime();
          Wait.until(
              "all that answer are watched", () -> fleet.servers().watched() >= clusters - hanging);
          rows.add(
              Row.told(
                  "connections: until all are watched" + (hanging == 0 ? "" : ", 5 % hanging"),
                  (System.nanoTime() - begin) / 1e9,
                  " s",
                  "from the moment the control plane is ready; %d clusters"
                      .formatted(clusters - hanging)));
        }
        Wait.until("nobody is watched", () -> fleet.servers().watched() == 0);
      }
    }
    return rows;
  }

  private static boolean isConnected(ConnectedFleet fleet) {
    return fleet.servers().watched() == fleet.clusters()
        && IntStream.range(0, fleet.clusters())
            .allMatch(number -> fleet.servers().server(number).hasAssemblage());
  }

  private static void report(ConnectedFleet fleet, Seen seen, String message) {
    IntStream.range(0, fleet.clusters())
        .forEach(number -> fleet.servers().server(number).report(message));
    Wait.until(
        "all is reported",
        () ->
            IntStream.range(0, fleet.clusters())
                .allMatch(number -> seen.has(ConnectedFleet.name(number), message)));
  }

  /** Changes the status of one cluster after the other, of those that do not hang. */
  private static List<Row> changes(ConnectedFleet fleet, Seen seen, String what, int clusters) {
    int first = Math.max(1, clusters * HANGING_PERCENT / 100);
    var times = new ArrayList<Double>();
    for (int round = 0; round < ROUNDS; round++) {
      var begun = new ConcurrentHashMap<String, Long>();
      var message = what + " " + round;
      seen.expect(message);
      for (int number = first; number < clusters; number++) {
        begun.put(ConnectedFleet.name(number), System.nanoTime());
        fleet.servers().server(number).report(message);
        Wait.pause(BETWEEN_CHANGES);
      }
      Wait.until(what + ": all are seen", () -> seen.arrived().size() >= begun.size());
      begun.forEach((name, at) -> times.add((seen.arrived().getOrDefault(name, at) - at) / 1e6));
    }
    Collections.sort(times);
    return List.of(
        Row.told(
            what + ": change seen on the hub, median", at(times, 0.5), " ms", "one every 20 ms"),
        Row.limited(
            what + ": change seen on the hub, p99",
            at(times, 0.99),
            " ms",
            1_000,
            "%d changes".formatted(times.size())));
  }

  private static double at(List<Double> sorted, double share) {
    return sorted.get((int) Math.min(sorted.size() - 1, Math.floor(sorted.size() * share)));
  }

  /** What somebody who watches the hub sees. */
  private static final class Seen implements AutoCloseable {
    private final SharedIndexInformer<ProxyAssemblage> informer;
    private final int clusters;
    private final Map<String, String> messages = new ConcurrentHashMap<>();
    private volatile String expected = "";
    private volatile Map<String, Long> arrived = new ConcurrentHashMap<>();

    private Seen(SharedIndexInformer<ProxyAssemblage> informer, int clusters) {
      this.informer = informer;
      this.clusters = clusters;
    }

    static Seen by(ConnectedFleet fleet) {
      var informer =
          fleet
              .client()
              .resources(ProxyAssemblage.class)
              .inNamespace(fleet.namespace())
              .runnableInformer(0);
      var seen = new Seen(informer, fleet.clusters());
      informer.addEventHandler(
          new ResourceEventHandler<>() {
            @Override
            public void onAdd(ProxyAssemblage object) {
              seen.see(object);
            }

            @Override
            public void onUpdate(ProxyAssemblage before, ProxyAssemblage after) {
              seen.see(after);
            }

            @Override
            public void onDelete(ProxyAssemblage object, boolean finalStateUnknown) {}
          });
      informer.run();
      return seen;
    }

    boolean allReported() {
      return messages.size() == clusters;
    }

    boolean has(String name, String message) {
      return message.equals(messages.get(name));
    }

    void expect(String message) {
      arrived = new ConcurrentHashMap<>();
      expected = message;
    }

    Map<String, Long> arrived() {
      return arrived;
    }

    private void see(ProxyAssemblage object) {
      if (object.getStatus() == null || object.getStatus().syncs().isEmpty()) {
        return;
      }
      var message = String.valueOf(object.getStatus().syncs().getFirst().message());
      var name = object.getMetadata().getName();
      messages.put(name, message);
      if (message.equals(expected)) {
        arrived.putIfAbsent(name, System.nanoTime());
      }
    }

    @Override
    public void close() {
      informer.close();
    }
  }
}
