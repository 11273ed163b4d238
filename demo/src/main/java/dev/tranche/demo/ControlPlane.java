package dev.tranche.demo;

import dev.tranche.testbed.ChildProcess;
import dev.tranche.testbed.Fleet;
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

/** The control plane in a process of its own, which never outlives this one. */
final class ControlPlane implements AutoCloseable {
  private static final Path PROGRAM = Path.of("scripts", "controlplane");
  private static final Path MANIFESTS = Path.of("deploy", "controlplane");
  private static final Duration READY_WITHIN = Duration.ofMinutes(1);
  private static final Duration ENDS_WITHIN = Duration.ofSeconds(10);

  private final ChildProcess process;
  private final String address;
  private final Path log;

  private ControlPlane(ChildProcess process, String address, Path log) {
    this.process = process;
    this.address = address;
    this.log = log;
  }

  /** Starts it as its own service account, with the rights that it has in production. */
  static ControlPlane start(Fleet fleet) {
    Stream.of("namespace.yaml", "service-account.yaml", "rbac.yaml", "rbac-bindings.yaml")
        .map(MANIFESTS::resolve)
        .forEach(fleet.hub()::apply);
    var log = fleet.logs().resolve("controlplane.log");
    try {
      var kubeconfig = fleet.directory().resolve("controlplane.kubeconfig");
      Files.writeString(
          kubeconfig,
          fleet
              .hub()
              .kubeconfigFor(
                  "system:serviceaccount:tranche-system:tranche-controlplane",
                  List.of("system:serviceaccounts", "system:serviceaccounts:tranche-system")));
      var address = "127.0.0.1:" + freePort();
      var process =
          ChildProcess.start(
              List.of(PROGRAM.toAbsolutePath().toString(), "--http-address", address),
              Map.of(
                  "KUBECONFIG", kubeconfig.toString(),
                  "HOME", System.getProperty("user.home"),
                  "JAVA_HOME", System.getProperty("java.home")),
              log);
      return new ControlPlane(process, address, log);
    } catch (IOException e) {
      throw new DemoException("the control plane cannot be started: " + e.getMessage());
    }
  }

  /** Where it answers about itself. */
  String address() {
    return address;
  }

  void awaitReady() {
    var until = Instant.now().plus(READY_WITHIN);
    try (var http = HttpClient.newHttpClient()) {
      while (!isReady(http)) {
        if (process.endsWithin(Duration.ofMillis(100))) {
          throw new DemoException("the control plane ended; its log is " + log);
        }
        if (Instant.now().isAfter(until)) {
          throw new DemoException("the control plane does not become ready; its log is " + log);
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
