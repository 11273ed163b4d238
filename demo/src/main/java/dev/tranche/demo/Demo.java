package dev.tranche.demo;

import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.FleetException;
import java.nio.file.Path;
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
    var cities = City.first(clusters);
    terminal.title("Tranche: one module, %d clusters, four versions".formatted(clusters));
    terminal.step(
        "Start a fleet of real API servers: a hub with Flux and Cluster API, and %d more"
            .formatted(clusters));
    try (var fleet =
            Fleet.builder()
                .clusters(cities.stream().map(City::name).toArray(String[]::new))
                .manifests(Path.of("deploy", "crds"))
                .progress(terminal::line)
                .start();
        var sightings = Sightings.begin(fleet, cities)) {
      var tour = new Tour(terminal, fleet, cities, sightings);
      try (var controlPlane = startControlPlane(terminal, fleet, tour)) {
        show(terminal, tour, controlPlane);
        if (!exit) {
          terminal.line("");
          terminal.line("Ctrl-C ends all of it.");
          Runtime.getRuntime()
              .addShutdownHook(new Thread(() -> terminal.title("Ending all of it."), "farewell"));
          new CountDownLatch(1).await();
        }
      } catch (DemoException e) {
        throw new DemoException(
            "%s%nAll logs are kept in %s".formatted(e.getMessage(), tour.keepLogs()));
      }
    }
    terminal.title("Everything held, and everything is ended again.");
  }

  private static ControlPlane startControlPlane(Terminal terminal, Fleet fleet, Tour tour) {
    terminal.step("Run the control plane, with exactly the rights of deploy/controlplane");
    tour.prepareHub();
    var controlPlane = ControlPlane.start(fleet);
    terminal.command("scripts/controlplane --http-address " + controlPlane.address());
    return controlPlane;
  }

  private static void show(Terminal terminal, Tour tour, ControlPlane controlPlane) {
    controlPlane.awaitReady();
    terminal.good("it is ready");
    terminal.step("Enrol the clusters");
    tour.enrolClusters();
    terminal.step("Declare what they run: first the basics, then a greeting");
    tour.applyModules();
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
