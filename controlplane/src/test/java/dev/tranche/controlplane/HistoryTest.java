package dev.tranche.controlplane;

import static dev.tranche.controlplane.Rollouts.STAGES;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.controlplane.history.ModuleHistory;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a module declared before is kept, and can be had again. */
@FleetTest(flux = false)
class HistoryTest {
  private static final String LIMITED = STAGES + "revisionHistoryLimit: 2\n";

  @Test
  void keepsAsMuchAsItMayAndGoesBack(Fleet fleet, TestNamespace namespace)
      throws IOException, InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    try (var watch = RolloutWatch.of(hub, "app");
        var flux = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      app.enrol("canary", "canary");
      app.enrol("e1", "europe");
      for (var version : List.of("v1", "v2", "v3")) {
        app.complete(version, LIMITED);
      }
      assertThat(versions(app)).containsExactly("v1", "v2", "v3");
      app.complete("v4", LIMITED);
      TestFleet.eventually()
          .untilAsserted(() -> assertThat(versions(app)).containsExactly("v2", "v3", "v4"));
      // What a rollback would go to is kept, whatever is declared meanwhile.
      flux.fails("canary", "v5");
      flux.fails("canary", "v6");
      flux.fails("canary", "v7");
      for (var version : List.of("v5", "v6", "v7")) {
        app.declare(version, LIMITED);
        app.await("Ready", "Halted");
      }
      TestFleet.eventually()
          .untilAsserted(() -> assertThat(versions(app)).containsExactly("v4", "v5", "v6", "v7"));

      var v4 = app.history().getFirst();
      assertThat(v4.getMetadata().getName())
          .isEqualTo("module-app-" + app.module().getStatus().stableRevision());
      var name = "controllerrevision/" + v4.getMetadata().getName();
      var sync = kubectl(fleet, namespace, "get", name, "-o=jsonpath={.data.sync}");
      var bindings =
          kubectl(fleet, namespace, "get", name, "-o=jsonpath={.data.controlPlaneBindings}");
      kubectl(
          fleet,
          namespace,
          "patch",
          "module",
          "app",
          "--type=json",
          "-p",
          "[{op: replace, path: /spec/sync, value: %s}, {op: add, path: /spec/controlPlaneBindings, value: %s}]"
              .formatted(sync, bindings));
      hub.awaitReady("app");
      assertThat(watch.having("v4")).containsExactly("canary", "e1");
      assertThat(versions(app)).containsExactly("v6", "v7", "v4");
      assertThat(app.history().getLast().getMetadata().getName())
          .isEqualTo(v4.getMetadata().getName());
      assertThat(watch.tags("e1")).containsExactly("v1", "v2", "v3", "v4");

      new FleetObserver(hub).deleteModule("app");
      TestFleet.eventually().untilAsserted(() -> assertThat(app.history()).isEmpty());
    }
  }

  private static List<String> versions(Rollouts app) {
    return app.history().stream()
        .map(entry -> entry.getMetadata().getAnnotations().get(ModuleHistory.VERSION))
        .toList();
  }

  private static String kubectl(Fleet fleet, TestNamespace namespace, String... arguments)
      throws IOException, InterruptedException {
    var command =
        new ArrayList<>(
            List.of(
                fleet.kubectl().toString(),
                "--kubeconfig=" + fleet.hub().kubeconfig(),
                "--namespace=" + namespace.name()));
    command.addAll(List.of(arguments));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
    return output;
  }
}
