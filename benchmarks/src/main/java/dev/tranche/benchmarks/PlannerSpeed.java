package dev.tranche.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** How long the planner takes for a decision, and what it allocates. Needs no hub. */
final class PlannerSpeed {
  /** How many milliseconds a decision may take, by how many clusters there are. */
  private static final Map<Integer, Double> LIMITS = Map.of(10_000, 5.0, 1_000_000, 1_000.0);

  private static final double NANOS_PER_MILLI = 1e6;

  private final boolean quick;
  private final Path log;
  private final Consumer<String> progress;

  PlannerSpeed(boolean quick, Path output, Consumer<String> progress) {
    this.quick = quick;
    this.log = output.resolve("planner.log");
    this.progress = progress;
  }

  /** What a decision costs a cluster. */
  private record Cost(double nanos, double bytes) {}

  List<Row> measure() {
    progress.accept("planner; what JMH says of it is in " + log);
    var rows = new ArrayList<Row>();
    run().forEach((fleet, costs) -> rows.addAll(rows(fleet, costs)));
    return rows;
  }

  private NavigableMap<PlannedFleet, NavigableMap<Integer, Cost>> run() {
    var sizes =
        quick
            ? new String[] {"1000", "10000"}
            : new String[] {"1000", "10000", "100000", "1000000"};
    var options =
        new OptionsBuilder()
            .include(PlannerBenchmark.class.getName())
            .param("clusters", sizes)
            .forks(1)
            .warmupIterations(quick ? 1 : 5)
            .measurementIterations(quick ? 1 : 5)
            .warmupTime(TimeValue.seconds(1))
            .measurementTime(TimeValue.seconds(1))
            .addProfiler(GCProfiler.class)
            .jvmArgsAppend("-Xms2g", "-Xmx2g")
            .output(log.toString())
            .build();
    var costs = new TreeMap<PlannedFleet, NavigableMap<Integer, Cost>>();
    try {
      Files.createDirectories(log.getParent());
      for (var result : new Runner(options).run()) {
        var fleet = PlannedFleet.valueOf(result.getParams().getParam("fleet"));
        int clusters = Integer.parseInt(result.getParams().getParam("clusters"));
        var allocated =
            Objects.requireNonNull(result.getSecondaryResults().get("gc.alloc.rate.norm"));
        costs
            .computeIfAbsent(fleet, _ -> new TreeMap<>())
            .put(
                clusters,
                new Cost(
                    result.getPrimaryResult().getScore() / clusters,
                    allocated.getScore() / clusters));
      }
    } catch (RunnerException e) {
      throw new BenchmarkException("the planner could not be measured; see " + log, e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return costs;
  }

  private static List<Row> rows(PlannedFleet fleet, NavigableMap<Integer, Cost> costs) {
    var rows = new ArrayList<Row>();
    costs.forEach((clusters, cost) -> {
      var limit = LIMITS.get(clusters);
      if (limit != null) {
        rows.add(time(fleet, clusters, cost, limit));
      }
    });
    var largest = Objects.requireNonNull(costs.lastEntry());
    rows.add(
        Row.told(
            name(fleet, largest.getKey()) + "time per cluster",
            largest.getValue().nanos()
                / Objects.requireNonNull(costs.firstEntry()).getValue().nanos(),
            " × that of " + costs.firstKey(),
            costs.entrySet().stream()
                .map(c -> "%.0f ns at %d".formatted(c.getValue().nanos(), c.getKey()))
                .collect(Collectors.joining(", "))));
    rows.add(
        Row.told(
            name(fleet, largest.getKey()) + "allocated per cluster",
            Math.rint(largest.getValue().bytes()),
            " B",
            costs.entrySet().stream()
                .map(c -> "%.0f B at %d".formatted(c.getValue().bytes(), c.getKey()))
                .collect(Collectors.joining(", "))));
    return rows;
  }

  private static Row time(PlannedFleet fleet, int clusters, Cost cost, double limit) {
    return Row.limited(
        name(fleet, clusters) + "time",
        cost.nanos() * clusters / NANOS_PER_MILLI,
        " ms",
        limit,
        "%.0f ns a cluster".formatted(cost.nanos()));
  }

  private static String name(PlannedFleet fleet, int clusters) {
    return "planning %d clusters, %s: ".formatted(clusters, fleet.name().toLowerCase(Locale.ROOT));
  }
}
