package dev.tranche.benchmarks;

import dev.tranche.testbed.Fleet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures the control plane on a hub of its own, the agent, and the planner. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = {
      "Measures the control plane on a hub of its own, the agent and the planner, prints a table and writes it as JSON.",
      "Ends with status 1 where a target is missed. What the rows mean is in benchmarks/README.md."
    },
    sortOptions = false)
public final class Main implements Callable<Integer> {
  private static final Path CRDS = Path.of("deploy", "crds");
  private static final Path OUTPUT = Path.of("benchmarks", "target", "bench");

  /** What can be measured. */
  enum Measurement {
    SPEED,
    GATHERING,
    WRITES,
    FOOTPRINT,
    PLANNER,
    ROLLOUT,
    ROLLOUTS_AT_ONCE,
    WIDE,
    CONNECTIONS,
    SOURCES,
    AGENT;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @Option(
      names = "--quick",
      description = "A tenth of the clusters and one round: whether it works, not how well.")
  private boolean quick;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "MEASUREMENT",
      description = "Some of ${COMPLETION-CANDIDATES}. Default: all.")
  private Set<Measurement> only = EnumSet.allOf(Measurement.class);

  @Option(
      names = "--clusters",
      paramLabel = "N",
      description = "Clusters of the large fleet. Default: 1000.")
  private int clusters = 1_000;

  @Option(
      names = "--some-clusters",
      paramLabel = "N",
      description = "Clusters of the small fleet. Default: 100.")
  private int someClusters = 100;

  @Option(
      names = "--modules",
      paramLabel = "N",
      description = "Modules where there are many. Default: 20.")
  private int modules = 20;

  @Option(
      names = "--burst",
      paramLabel = "N",
      description = "Modules that are declared at once. Default: 10.")
  private int burst = 10;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Rounds in which times are compared. Default: 5.")
  private int rounds = 5;

  @Option(
      names = "--jvm-option",
      paramLabel = "OPTION",
      description =
          "A further option for the JVM of the control plane, such as a flight recording; %%n is the name of the measurement.")
  private List<String> jvmOptions = new ArrayList<>();

  private Main() {}

  /**
   * Runs it.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(
        new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true).execute(args));
  }

  @Override
  public Integer call() {
    var sizes =
        quick
            ? new Bench.Sizes(clusters / 10, someClusters / 10, modules, burst, 1)
            : new Bench.Sizes(clusters, someClusters, modules, burst, rounds);
    var rows = new ArrayList<Row>();
    try (var hub = new HubOnDemand(sizes)) {
      only.stream()
          .sorted()
          .flatMap(measurement -> measure(measurement, hub).stream())
          .peek(row -> System.err.println(row.name() + ": " + row.measured()))
          .forEach(rows::add);
    }
    var table = new Table(rows);
    System.out.println(table.text());
    var file = OUTPUT.resolve("table.json");
    table.write(file, sizes);
    System.err.println("Written to " + file);
    return rows.stream().anyMatch(Row::isMissed)
        ? CommandLine.ExitCode.SOFTWARE
        : CommandLine.ExitCode.OK;
  }

  private List<Row> measure(Measurement measurement, HubOnDemand hub) {
    return switch (measurement) {
      case SPEED -> new Speed(hub.bench()).measure();
      case GATHERING -> new Counts(hub.bench()).gathering();
      case WRITES -> {
        var counts = new Counts(hub.bench());
        var rows = new ArrayList<Row>(counts.oneToMany());
        rows.addAll(counts.manyToSome());
        yield rows;
      }
      case FOOTPRINT -> new Footprint(hub.bench()).measure();
      case PLANNER -> new PlannerSpeed(quick, OUTPUT, System.err::println).measure();
      case ROLLOUT -> new StagedRollout(hub.bench()).measure();
      case ROLLOUTS_AT_ONCE -> new RolloutsAtOnce(hub.bench()).measure();
      case WIDE -> new WideModule(hub.bench()).measure();
      case CONNECTIONS -> new Connected(hub.bench()).measure();
      case SOURCES ->
          new SourceQuestions(quick ? 1 : rounds, OUTPUT, System.err::println).measure();
      case AGENT -> new AgentFootprint(hub.bench()).measure();
    };
  }

  /** Starts a hub for the first measurement that needs one. */
  private final class HubOnDemand implements AutoCloseable {
    private final Bench.Sizes sizes;
    private @Nullable Fleet fleet;

    HubOnDemand(Bench.Sizes sizes) {
      this.sizes = sizes;
    }

    Bench bench() {
      if (fleet == null) {
        fleet =
            Fleet.builder()
                .flux(false)
                .clusterApi(false)
                .manifests(CRDS)
                .progress(System.err::println)
                .start();
      }
      return new Bench(fleet, sizes, jvmOptions, OUTPUT, System.err::println);
    }

    @Override
    public void close() {
      if (fleet != null) {
        fleet.close();
      }
    }
  }
}
