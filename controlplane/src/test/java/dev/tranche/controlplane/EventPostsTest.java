package dev.tranche.controlplane;

import static dev.tranche.controlplane.Rollouts.STAGES;
import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.controlplane.notification.Outbox;
import dev.tranche.controlplane.notification.PlayedReceiver;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is posted of a rollout, whatever happens to the receiver and to the control plane. */
@FleetTest(flux = false)
class EventPostsTest {
  /** A rollout through the stages, in the words of its events. */
  private static final List<String> STEPS =
      List.of(
          "RolloutStarted",
          "StageBegun canary",
          "StagePassed canary",
          "StageBegun europe",
          "StageBegun america",
          "StagePassed europe",
          "StagePassed america",
          "RolloutCompleted");

  @Test
  void everyStepArrivesOnceAndIsKeptNoLonger(TestNamespace namespace)
      throws IOException, InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    try (var receiver = PlayedReceiver.start();
        var _ = ScriptedFlux.on(hub);
        var _ =
            RunningControlPlane.start(
                hub.hub(), namespace.name(), Outbox.to(receiver.url(), "test"))) {
      app.enrol();
      app.complete("v1", STAGES);
      eventually()
          .untilAsserted(() ->
              assertThat(steps(receiver.taken(), "v1")).containsExactlyInAnyOrderElementsOf(STEPS));
      assertThat(steps(receiver.taken(), "v1")).startsWith("RolloutStarted", "StageBegun canary");
      assertThat(steps(receiver.taken(), "v1")).endsWith("RolloutCompleted");
      assertThat(receiver.takenReasons()).contains("RollingOut", "Succeeded");
      eventually().untilAsserted(() -> assertThat(app.status().events()).isEmpty());

      // Nothing more is written of it.
      var writes = Writes.from(hub);
      writes.awaitEnd();
      assertThat(writes.list()).isEmpty();
    }
  }

  @Test
  void whatWasDecidedBeforeAKillArrivesAfterIt(TestNamespace namespace, @TempDir Path directory)
      throws IOException, InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    try (var receiver = PlayedReceiver.start();
        var _ = ScriptedFlux.on(hub)) {
      // Away for all of a rollout, and for the end of the process that carried it out.
      receiver.goAway();
      var option = "--events-addr=" + receiver.url();
      try (var first = ControlPlaneProcess.start(hub.hub(), namespace.name(), directory, option)) {
        app.enrol();
        app.complete("v1", STAGES);
        assertThat(app.status().events()).hasSize(STEPS.size());
        first.kill();
      }
      receiver.comeBack();
      try (var _ = ControlPlaneProcess.start(hub.hub(), namespace.name(), directory, option)) {
        eventually()
            .untilAsserted(() ->
                assertThat(steps(receiver.taken(), "v1"))
                    .containsExactlyInAnyOrderElementsOf(STEPS));
        eventually().untilAsserted(() -> assertThat(app.status().events()).isEmpty());
      }
      assertThat(receiver.taken()).extracting(EventPostsTest::token).doesNotHaveDuplicates();
    }
  }

  @Test
  void aKillWhileTheReceiverTakesThemLosesNone(TestNamespace namespace, @TempDir Path directory)
      throws IOException, InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    try (var receiver = PlayedReceiver.start();
        var _ = ScriptedFlux.on(hub)) {
      var option = "--events-addr=" + receiver.url();
      try (var first = ControlPlaneProcess.start(hub.hub(), namespace.name(), directory, option)) {
        app.enrol();
        app.declare("v1", STAGES);
        eventually()
            .pollInterval(java.time.Duration.ofMillis(5))
            .until(() -> receiver.takenReasons().contains("StagePassed"));
        first.kill();
      }
      try (var _ = ControlPlaneProcess.start(hub.hub(), namespace.name(), directory, option)) {
        hub.awaitReady("app");
        eventually()
            .untilAsserted(() ->
                assertThat(steps(receiver.taken(), "v1").stream().distinct())
                    .containsExactlyInAnyOrderElementsOf(STEPS));
      }
      // What arrives twice can be told by its token.
      assertThat(
              receiver.taken().stream()
                  .map(EventPostsTest::token)
                  .distinct()
                  .filter(token -> isStep(receiver.taken(), token)))
          .hasSize(STEPS.size());
    }
  }

  @Test
  void nothingIsKeptWithoutAReceiver(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    try (var _ = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      app.enrol();
      app.complete("v1", STAGES);
      assertThat(app.status().events()).isEmpty();
    }
  }

  private static boolean isStep(List<JsonNode> events, String token) {
    return events.stream()
        .filter(event -> token(event).equals(token))
        .anyMatch(event -> step(event).anyMatch(STEPS::contains));
  }

  private static String token(JsonNode event) {
    return event.path("metadata").path("fleet.tranche.dev/token").asText();
  }

  /** The steps among the events of a version, with their stage. */
  private static List<String> steps(List<JsonNode> events, String version) {
    return events.stream()
        .filter(event ->
            event.path("metadata").path("fleet.tranche.dev/revision").asText().equals(version))
        .flatMap(EventPostsTest::step)
        .filter(STEPS::contains)
        .toList();
  }

  private static Stream<String> step(JsonNode event) {
    var stage = event.path("metadata").path("fleet.tranche.dev/stage").asText();
    return Stream.of((event.path("reason").asText() + " " + stage).strip());
  }
}
