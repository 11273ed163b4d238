package dev.tranche.demo;

import dev.tranche.testbed.ApiServer;
import dev.tranche.testbed.ChildProcess;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.WorkloadCluster;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** One of our programs in a process of its own, which never outlives this one. */
final class Daemon implements AutoCloseable {
  private static final Path SCRIPTS = Path.of("scripts");
  private static final Path MANIFESTS = Path.of("deploy");
  private static final Duration READY_WITHIN = Duration.ofMinutes(1);
  private static final Duration ENDS_WITHIN = Duration.ofSeconds(10);

  private final String name;
  private final ChildProcess process;
  private final String address;
  private final Path log;

  private Daemon(String name, ChildProcess process, String address, Path log) {
    this.name = name;
    this.process = process;
    this.address = address;
    this.log = log;
  }

  /** Starts the control plane with the rights that it has in production. */
  static Daemon controlPlane(Fleet fleet) {
    Stream.of("namespace.yaml", "service-account.yaml", "rbac.yaml", "rbac-bindings.yaml")
        .map(MANIFESTS.resolve("controlplane")::resolve)
        .forEach(fleet.hub()::apply);
    return start(fleet, fleet.hub(), "controlplane");
  }

  /** Starts the agent of a cluster, with the rights that somebody gave it there. */
  static Daemon agent(Fleet fleet, WorkloadCluster cluster) {
    return start(fleet, cluster, "agent");
  }

  private static Daemon start(Fleet fleet, ApiServer server, String name) {
    var log = fleet.logs().resolve(name + ".log");
    try {
      var kubeconfig = fleet.directory().resolve(name + ".kubeconfig");
      Files.writeString(
          kubeconfig,
          server.kubeconfigFor(
              "system:serviceaccount:tranche-system:tranche-" + name,
              List.of("system:serviceaccounts", "system:serviceaccounts:tranche-system")));
      var address = "127.0.0.1:" + freePort();
      var process =
          ChildProcess.start(
              List.of(SCRIPTS.resolve(name).toAbsolutePath().toString(), "--http-address", address),
              Map.of(
                  "KUBECONFIG", kubeconfig.toString(),
                  "HOME", System.getProperty("user.home"),
                  "JAVA_HOME", System.getProperty("java.home")),
              log);
      return new Daemon(name, process, address, log);
    } catch (IOException e) {
      throw new DemoException("the %s cannot be started: %s".formatted(name, e.getMessage()));
    }
  }

  /** How a person would have started it. */
  String command() {
    return "scripts/%s --http-address %s".formatted(name, address);
  }

  void awaitReady() {
    var until = Instant.now().plus(READY_WITHIN);
    try (var http = HttpClient.newHttpClient()) {
      while (!isReady(http)) {
        if (process.endsWithin(Duration.ofMillis(100))) {
          throw new DemoException("the %s ended; its log is %s".formatted(name, log));
        }
        if (Instant.now().isAfter(until)) {
          throw new DemoException(
              "the %s does not become ready; its log is %s".formatted(name, log));
        }
      }
    }
  }

  /** Asks it to end, and does not wait for ever. */
  @Override
  public void close() {
    process.signal("TERM");
    if (!process.endsWithin(ENDS_WITHIN)) {
      process.kill();
    }
  }

  private boolean isReady(HttpClient http) {
    try {
      var request =
          HttpRequest.newBuilder(URI.create("http://" + address + "/readyz"))
              .timeout(Duration.ofSeconds(2))
              .build();
      return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DemoException("interrupted");
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
