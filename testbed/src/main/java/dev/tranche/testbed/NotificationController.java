package dev.tranche.testbed;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Flux's real notification-controller beside an API server, whose Alerts, Providers and Receivers
 * it looks after in all namespaces.
 */
public final class NotificationController implements AutoCloseable {
  private final URI events;
  private final Program program;

  private NotificationController(ApiServer server, Tools tools) {
    var host = server.host();
    var health = "127.0.0.1:" + Ports.free();
    var address = "127.0.0.1:" + Ports.free();
    var temporary = host.folder("tmp/notification-controller").toString();
    var command = new ArrayList<>(List.of(tools.path("notification-controller").toString()));
    command.addAll(
        List.of(
            "--events-addr=" + address,
            "--receiverAddr=127.0.0.1:" + Ports.free(),
            "--health-addr=" + health,
            "--metrics-addr=0"));
    events = URI.create("http://" + address + "/");
    program =
        new Program(
            "notification-controller",
            command,
            Map.of(
                "KUBECONFIG", server.kubeconfig().toString(),
                "HOME", temporary,
                "TMPDIR", temporary),
            host.directory().logs().resolve("notification-controller.log"),
            Probe.http(URI.create("http://" + health + "/readyz")));
  }

  /**
   * Builds it where it is missing, which takes minutes on a machine that never did, serves its
   * kinds, and returns when it takes events.
   */
  public static NotificationController start(ApiServer server) {
    var tools = Tools.build(System.err::println, "notification");
    server.apply(tools.path("notification-crds"));
    var controller = new NotificationController(server, tools);
    controller.restart();
    return controller;
  }

  /** Where Flux's controllers post their events to; it stays there when this is restarted. */
  public URI events() {
    return events;
  }

  /** Ends it at once: connections are refused until {@link #restart}. */
  public void kill() {
    program.kill();
  }

  /** Starts it again, and returns when it takes events. It has forgotten which ones it had. */
  public void restart() {
    program.start().awaitReady();
  }

  @Override
  public void close() {
    program.kill();
  }
}
