package dev.tranche.benchmarks;

import dev.tranche.testbed.ChildProcess;
import dev.tranche.testbed.Fleet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
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

  private static final Duration ENDS_WITHIN = Duration.ofSeconds(20);

  private final ChildProcess process;
  private final URI address;
  private final Path log;
  private final HttpClient http = HttpClient.newHttpClient();

  private ControlPlaneProcess(ChildProcess process, URI address, Path log) {
    this.process = process;
    this.address = address;
    this.log = log;
  }

  /** Starts it and waits until it has read everything. */
  static ControlPlaneProcess start(
      Fleet fleet, String namespace, List<String> jvmOptions, Path log) {
    try {
      var kubeconfig = fleet.directory().resolve("controlplane.kubeconfig");
      Files.writeString(kubeconfig, fleet.hub().kubeconfigFor(USER, List.of("system:masters")));
      Files.createDirectories(log.getParent());
      var address = "127.0.0.1:" + freePort();
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
              namespace,
              "--http-address",
              address));
      var started =
          new ControlPlaneProcess(
              ChildProcess.start(command, Map.of("KUBECONFIG", kubeconfig.toString()), log),
              URI.create("http://" + address),
              log);
      Wait.until("the control plane is ready", started::isReady);
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException("the control plane cannot be started", e);
    }
  }

  /** What it has used of all processors so far. */
  Duration cpu() {
    return ProcessHandle.of(process.pid())
        .flatMap(handle -> handle.info().totalCpuDuration())
        .orElse(Duration.ZERO);
  }

  /** What it has in memory, as the operating system sees it. */
  double residentMegabytes() {
    return Double.parseDouble(run("ps", "-o", "rss=", "-p", Long.toString(process.pid())).strip())
        / 1_024;
  }

  /** What is still used of the heap after everything unused is collected. */
  double heapMegabytes() {
    var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    run(jcmd, Long.toString(process.pid()), "GC.run");
    return get("/metrics")
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
    return get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith("jvm_threads_live_threads"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Override
  public void close() {
    http.close();
    process.signal("TERM");
    if (!process.endsWithin(ENDS_WITHIN)) {
      process.kill();
    }
  }

  private boolean isReady() {
    if (!process.isAlive()) {
      throw new BenchmarkException("the control plane ended; its log is " + log);
    }
    try {
      return get("/readyz").statusCode() == 200;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  private HttpResponse<String> get(String path) {
    try {
      return http.send(
          HttpRequest.newBuilder(address.resolve(path)).timeout(Duration.ofSeconds(10)).build(),
          BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchmarkException("interrupted", e);
    }
  }

  private static String run(String... command) {
    try {
      var program = new ProcessBuilder(command).redirectErrorStream(true).start();
      var output = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (program.waitFor() != 0) {
        throw new BenchmarkException(String.join(" ", command) + ": " + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchmarkException("interrupted", e);
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
