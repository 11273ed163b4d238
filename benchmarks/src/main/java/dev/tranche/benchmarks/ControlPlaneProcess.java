package dev.tranche.benchmarks;

import dev.tranche.testbed.Fleet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A control plane for one namespace, in a JVM of its own. */
final class ControlPlaneProcess implements AutoCloseable {
  /** Who it is to the API server, so that the audit log tells its requests from others. */
  static final String USER = "tranche-controlplane";

  static final int HEAP_MEGABYTES = 512;

  private final RunningProgram program;

  private ControlPlaneProcess(RunningProgram program) {
    this.program = program;
  }

  /** Starts it and waits until it has read everything. */
  static ControlPlaneProcess start(
      Fleet fleet, String namespace, List<String> jvmOptions, List<String> arguments, Path log) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--sun-misc-unsafe-memory-access=allow",
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx" + HEAP_MEGABYTES + "m"));
    command.addAll(jvmOptions);
    command.addAll(
        List.of(
            "-classpath",
            System.getProperty("java.class.path"),
            "dev.tranche.controlplane.Main",
            "--namespace",
            namespace));
    command.addAll(arguments);
    try {
      var kubeconfig = fleet.directory().resolve("controlplane.kubeconfig");
      Files.writeString(kubeconfig, fleet.hub().kubeconfigFor(USER, List.of("system:masters")));
      return new ControlPlaneProcess(
          RunningProgram.start(
              "the control plane", command, Map.of("KUBECONFIG", kubeconfig.toString()), log));
    } catch (IOException e) {
      throw new UncheckedIOException("the control plane cannot be started", e);
    }
  }

  /** What it has used of all processors so far. */
  Duration cpu() {
    return program.cpu();
  }

  /** What it has in memory, as the operating system sees it. */
  double residentMegabytes() {
    return program.residentMegabytes();
  }

  /** What is still used of the heap after everything unused is collected. */
  double heapMegabytes() {
    program.collectGarbage();
    return program
            .get("/metrics")
            .body()
            .lines()
            .filter(
                line -> line.startsWith("jvm_memory_used_bytes{") && line.contains("area=\"heap\""))
            .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
            .sum()
        / (1 << 20);
  }

  /** How many platform threads it has. */
  double threads() {
    return program
        .get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith("jvm_threads_live_threads"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Override
  public void close() {
    program.close();
  }
}
