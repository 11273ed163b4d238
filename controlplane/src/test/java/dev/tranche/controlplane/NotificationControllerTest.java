package dev.tranche.controlplane;

import static dev.tranche.controlplane.Rollouts.STAGES;
import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.controlplane.notification.Outbox;
import dev.tranche.controlplane.notification.PlayedReceiver;
import dev.tranche.testbed.AuditEvent;
import dev.tranche.testbed.NotificationController;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events to and from Flux's real notification-controller. */
@FleetTest(flux = false)
class NotificationControllerTest {
  private static final Path PATCH = Path.of("..", "deploy", "notification", "alert-kinds.yaml");

  private static final String ALERT =
      """
      apiVersion: notification.toolkit.fluxcd.io/v1beta3
      kind: Provider
      metadata: {name: %1$s}
      spec: {type: generic, address: "%2$s"}
      ---
      apiVersion: notification.toolkit.fluxcd.io/v1beta3
      kind: Alert
      metadata: {name: %1$s}
      spec:
        providerRef: {name: %1$s}
        eventSeverity: info
        eventSources: [{kind: %3$s, name: "*"}]
      """;

  @Test
  void forwardsWhatAnAlertIsAbout(TestNamespace namespace)
      throws IOException, InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    try (var chat = PlayedReceiver.start();
        var controller = NotificationController.start(hub.hub());
        var _ = ScriptedFlux.on(hub);
        var _ =
            RunningControlPlane.start(
                hub.hub(), namespace.name(), Outbox.to(controller.events(), "test"))) {
      patchAlerts(hub);
      eventually().untilAsserted(() -> hub.apply(ALERT.formatted("chat", chat.url(), "Module")));
      app.enrol();
      app.complete("v1", STAGES);
      eventually().until(() -> chat.takenReasons().contains("RolloutCompleted"));
      eventually().untilAsserted(() -> assertThat(app.status().events()).isEmpty());
      var passed =
          chat.taken().stream()
              .filter(event -> event.path("reason").asText().equals("StagePassed"))
              .toList();
      assertThat(passed)
          .extracting(event -> event.path("metadata").path("stage").asText())
          .containsExactlyInAnyOrder("canary", "europe", "america");
      assertThat(passed)
          .allSatisfy(event -> {
            assertThat(event.path("metadata").path("revision").asText()).isEqualTo("v1");
            assertThat(event.path("involvedObject").path("kind").asText()).isEqualTo("Module");
            assertThat(event.path("involvedObject").path("name").asText()).isEqualTo("app");
          });

      // Gone for all of a rollout, and back.
      controller.kill();
      app.complete("v2", STAGES);
      controller.restart();
      eventually()
          .untilAsserted(() ->
              assertThat(reasons(chat.taken(), "v2"))
                  .contains("RolloutStarted", "StageBegun", "StagePassed", "RolloutCompleted"));
      eventually().untilAsserted(() -> assertThat(app.status().events()).isEmpty());
      assertThat(reasons(chat.taken(), "v2")).filteredOn("StagePassed"::equals).hasSize(3);
    }
  }

  @Test
  void anAlertAboutModulesNeedsThePatch(TestNamespace namespace) throws IOException {
    var hub = TestFleet.in(namespace);
    try (var _ = NotificationController.start(hub.hub())) {
      // The CRD as it comes from Flux.
      eventually()
          .untilAsserted(() ->
              assertThatThrownBy(
                      () -> hub.apply(ALERT.formatted("chat", "http://localhost/", "Module")))
                  .isInstanceOf(KubernetesClientException.class)
                  .hasMessageContaining("Unsupported value: \"Module\""));
      patchAlerts(hub);
      eventually()
          .untilAsserted(
              () -> hub.apply(ALERT.formatted("chat", "http://localhost/", "BootstrapModule")));
    }
  }

  @Test
  void whatItForwardsIsReadAgain(TestNamespace namespace, @TempDir Path directory)
      throws IOException, InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    var port = freePort();
    try (var controller = NotificationController.start(hub.hub());
        var _ = ScriptedFlux.on(hub);
        var process =
            ControlPlaneProcess.start(
                hub.hub(),
                namespace.name(),
                directory,
                "--flux-events-address=127.0.0.1:" + port)) {
      app.enrol();
      app.complete("v1", "");
      eventually().until(() -> process.log().contains("taking events of flux"));
      hub.apply(ALERT.formatted("tranche", "http://127.0.0.1:" + port + "/", "Kustomization"));
      var kustomization =
          hub.client()
              .resources(dev.tranche.crd.flux.kustomize.v1.Kustomization.class)
              .inNamespace(namespace.name())
              .list()
              .getItems()
              .getFirst()
              .getMetadata()
              .getName();
      var mark = hub.hub().auditLog().mark();
      eventually()
          .untilAsserted(() -> {
            assertThat(post(controller, namespace.name(), kustomization)).isIn(202, 429);
            assertThat(hub.hub().auditLog().since(mark))
                .anyMatch(request -> isRead(request, kustomization));
          });
      // An object that is none of ours is not even asked for.
      assertThat(hub.hub().auditLog().since(mark))
          .noneMatch(request -> isRead(request, "somebody-elses"));
    }
  }

  private static boolean isRead(AuditEvent request, String name) {
    return request.verb().equals("get")
        && request.user().equals(RunningControlPlane.USER)
        && request.resource().equals("kustomizations")
        && request.name().equals(name);
  }

  private static int post(NotificationController controller, String namespace, String name)
      throws IOException, InterruptedException {
    int status = 0;
    try (var http = java.net.http.HttpClient.newHttpClient()) {
      for (var about : List.of("somebody-elses", name)) {
        var event =
            """
            {"involvedObject": {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
              "namespace": "%s", "name": "%s"}, "severity": "info", "timestamp": "%s",
             "message": "applied at %s", "reason": "ReconciliationSucceeded",
             "reportingController": "kustomize-controller"}
            """
                .formatted(namespace, about, java.time.Instant.now(), java.time.Instant.now());
        status =
            http.send(
                    java.net.http.HttpRequest.newBuilder(controller.events())
                        .POST(java.net.http.HttpRequest.BodyPublishers.ofString(event))
                        .build(),
                    java.net.http.HttpResponse.BodyHandlers.discarding())
                .statusCode();
      }
    }
    return status;
  }

  private static int freePort() throws IOException {
    try (var socket = new java.net.ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** As the file in {@code deploy} says that people do. */
  private static void patchAlerts(TestFleet hub) throws IOException {
    hub.client()
        .resources(CustomResourceDefinition.class)
        .withName("alerts.notification.toolkit.fluxcd.io")
        .patch(
            PatchContext.of(PatchType.JSON),
            Serialization.asJson(Serialization.unmarshal(Files.readString(PATCH), List.class)));
  }

  private static List<String> reasons(List<JsonNode> events, String version) {
    return events.stream()
        .filter(event -> event.path("metadata").path("revision").asText().equals(version))
        .map(event -> event.path("reason").asText())
        .toList();
  }
}
