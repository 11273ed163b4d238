package dev.tranche.demo;

import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.FleetException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code demo/run}. */
@Command(
    name = "demo/run",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description =
        "Starts a fleet of real API servers with Flux and Cluster API on this machine, lets the control plane bring a module to its clusters and roll three more versions out in stages, of which one fails, and stays until Ctrl-C.")
public final class Demo implements Callable<Integer> {
  static final String CONTROL_PLANE_STEP =
      "Run the control plane, with exactly the rights of deploy/controlplane";

  private static final int MOST_CLUSTERS = 50;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(
      names = "--clusters",
      paramLabel = "N",
      defaultValue = "3",
      description = "How many workload clusters, at 300 MB each; ${DEFAULT-VALUE} by default.")
  private int clusters;

  @Option(
      names = "--proxy",
      description =
          "Shows the other way of delivery instead: one bare cluster gets Flux and the agent, and goes on by itself while the control plane is away.")
  private boolean proxy;

  @Option(names = "--exit", description = "Ends by itself, with status 0 only if every step held.")
  private boolean exit;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this and ends.")
  @SuppressWarnings("unused") // read by picocli
  private boolean help;

  private Demo() {}

  /** Runs the demo in a checkout's top folder. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Demo()).execute(arguments));
  }

  @Override
  public Integer call() throws InterruptedException {
    if (clusters < 1 || clusters > MOST_CLUSTERS) {
      throw new ParameterException(
          spec.commandLine(), "--clusters has to be from 1 to %d".formatted(MOST_CLUSTERS));
    }
    if (proxy && spec.commandLine().getParseResult().hasMatchedOption("--clusters")) {
      throw new ParameterException(
          spec.commandLine(), "--proxy shows one cluster, so it goes without --clusters");
    }
    var terminal = Terminal.open();
    try {
      run(terminal);
      return CommandLine.ExitCode.OK;
    } catch (DemoException | FleetException e) {
      terminal.bad(String.valueOf(e.getMessage()));
      return CommandLine.ExitCode.SOFTWARE;
    }
  }

  private void run(Terminal terminal) throws InterruptedException {
    var cities = City.first(proxy ? 1 : clusters);
    terminal.title(
        proxy
            ? "Tranche: a cluster that applies for itself"
            : "Tranche: one module, %d clusters, four versions".formatted(clusters));
    terminal.step(
        "Start a fleet of real API servers: a hub with Flux and Cluster API, and %d more"
            .formatted(cities.size()));
    try (var fleet =
            Fleet.builder()
                .clusters(cities.stream().map(City::name).toArray(String[]::new))
                .manifests(Path.of("deploy", "crds"))
                .progress(terminal::line)
                .start();
        var sightings = Sightings.begin(fleet, cities)) {
      var tour = new Tour(terminal, fleet, cities, sightings);
      try {
        if (proxy) {
          try (var proxyTour = new ProxyTour(terminal, fleet, cities.getFirst(), tour)) {
            proxyTour.show();
            stay(terminal);
          }
        } else {
          terminal.step(CONTROL_PLANE_STEP);
          tour.prepareHub();
          try (var controlPlane = tour.startControlPlane()) {
            show(terminal, tour, controlPlane);
            stay(terminal);
          }
        }
      } catch (DemoException e) {
        throw new DemoException(
            "%s%nAll logs are kept in %s".formatted(e.getMessage(), tour.keepLogs()));
      }
    }
    terminal.title("Everything held, and everything is ended again.");
  }

  private void stay(Terminal terminal) throws InterruptedException {
    if (!exit) {
      terminal.line("");
      terminal.line("Ctrl-C ends all of it.");
      Runtime.getRuntime()
          .addShutdownHook(new Thread(() -> terminal.title("Ending all of it."), "farewell"));
      new CountDownLatch(1).await();
    }
  }

  private static void show(Terminal terminal, Tour tour, Daemon controlPlane) {
    controlPlane.awaitReady();
    terminal.good("it is ready");
    terminal.step("Enrol the clusters");
    tour.enrolClusters();
    terminal.step("Declare what they run: first the basics, then a greeting");
    tour.applyModules(List.of("cluster-basics.yaml", "greeting.yaml"), tour.publishRepositories());
    tour.awaitReady();
    terminal.step("See for yourself: what the clusters have");
    tour.lookIntoClusters("v1.0.0");
    terminal.step("Roll out v1.1.0: first the canary, then west and east at the same time");
    tour.changeVersion("v1.1.0");
    tour.awaitReady();
    tour.lookIntoClusters("v1.1.0");
    tour.checkOrder("v1.1.0");
    terminal.step("Roll out v1.2.0, which forgets to say from where: it fails on the canary");
    tour.changeVersion("v1.2.0");
    tour.awaitRolledBack();
    tour.lookIntoClusters("v1.1.0");
    tour.checkOnlyOnCanary("v1.2.0");
    tour.showWhatTheHubSays("v1.2.0");
    terminal.step("Roll out v1.3.0, which says it again");
    tour.changeVersion("v1.3.0");
    tour.awaitReady();
    tour.lookIntoClusters("v1.3.0");
    tour.checkOrder("v1.3.0");
    terminal.step("Look around");
    tour.sayHowToLookAround();
  }
}
