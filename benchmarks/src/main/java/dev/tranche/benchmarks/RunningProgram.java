package dev.tranche.benchmarks;

import dev.tranche.testbed.ChildProcess;
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

/** A program of ours in a process of its own, with its HTTP endpoints. */
final class RunningProgram implements AutoCloseable {
  private static final Duration ENDS_WITHIN = Duration.ofSeconds(20);

  private final String name;
  private final ChildProcess process;
  private final URI address;
  private final Path log;
  private final HttpClient http = HttpClient.newHttpClient();

  private RunningProgram(String name, ChildProcess process, URI address, Path log) {
    this.name = name;
    this.process = process;
    this.address = address;
    this.log = log;
  }

  /**
   * Starts it and waits until it is ready.
   *
   * @param name such as "the control plane"
   * @param command without the address, which is added
   */
  static RunningProgram start(
      String name, List<String> command, Map<String, String> environment, Path log) {
    try {
      Files.createDirectories(log.getParent());
      var address = "127.0.0.1:" + freePort();
      var all = new ArrayList<>(command);
      all.addAll(List.of("--http-address", address));
      var started =
          new RunningProgram(
              name,
              ChildProcess.start(all, environment, log),
              URI.create("http://" + address),
              log);
      Wait.until(name + " is ready", started::isReady);
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(name + " cannot be started", e);
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

  /** Has it collect everything unused. */
  void collectGarbage() {
    var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    run(jcmd, Long.toString(process.pid()), "GC.run");
  }

  HttpResponse<String> get(String path) {
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
      throw new BenchmarkException("%s ended; its log is %s".formatted(name, log));
    }
    try {
      return get("/readyz").statusCode() == 200;
    } catch (UncheckedIOException e) {
      return false;
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
