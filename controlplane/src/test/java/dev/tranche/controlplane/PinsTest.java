package dev.tranche.controlplane;

import static dev.tranche.controlplane.Rollouts.AMERICA;
import static dev.tranche.controlplane.Rollouts.STAGES;
import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Clusters that somebody keeps at a revision. */
@FleetTest(flux = false)
class PinsTest {
  @Test
  void byNameAndBySelectorToAnyNameOfARevision(TestNamespace namespace)
      throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    try (var watch = RolloutWatch.of(hub, "app");
        var _ = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      app.enrol();
      app.complete("v1", STAGES);
      // By its version, and whatever it is that they run.
      app.declare(
          "v2",
          STAGES
              + """
              pins:
              - {clusters: [e1, e2], revision: v1, reason: a fair}
              - {selector: {matchLabels: {ring: america}}, reason: elections}
              """);
      awaitCompleted(app);
      assertThat(watch.having("v2")).containsExactly("canary", "e3", "e4");
      app.await("Ready", "Succeeded");
      assertThat(FleetObserver.attention(app.module(), "e1"))
          .hasValueSatisfying(e1 -> {
            assertThat(e1.state()).isEqualTo("Held");
            assertThat(e1.reason()).isEqualTo("Pinned");
            assertThat(e1.message()).isEqualTo("pinned: a fair");
          });
      assertThat(FleetObserver.summary(app.module()).held()).isEqualTo(5);
      watch.assertNever(
          "v2", Stream.of(AMERICA, List.of("e1", "e2")).flatMap(List::stream).toList());

      // By the name of its ControllerRevision, and by its word.
      var v2 = app.module().getStatus().targetRevision();
      app.declare(
          "v3",
          STAGES
              + """
              pins:
              - {clusters: [e1], revision: module-app-%s, reason: a fair}
              - {clusters: [e2], revision: %s, reason: a fair}
              """
                  .formatted(v2, v2));
      awaitCompleted(app);
      assertThat(watch.having("v2")).containsExactly("e1", "e2");
      assertThat(watch.having("v3")).hasSize(6).containsAll(AMERICA);
      assertThat(watch.tags("e1")).containsExactly("v1", "v2");

      app.complete("v3", STAGES);
      assertThat(watch.having("v3")).hasSize(8);
      assertThat(watch.tags("a1")).containsExactly("v1", "v3");
    }
  }

  @Test
  void aPinEndsInTimeAndAnUnknownRevisionMovesNothing(TestNamespace namespace)
      throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    try (var watch = RolloutWatch.of(hub, "app");
        var _ = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      app.enrol();
      app.complete("v1", STAGES);
      app.declare("v2", STAGES + "pins: [{clusters: [e1], revision: v0, reason: a typo}]\n");
      awaitCompleted(app);
      eventually()
          .untilAsserted(() ->
              assertThat(FleetObserver.attention(app.module(), "e1"))
                  .hasValueSatisfying(e1 -> {
                    assertThat(e1.reason()).isEqualTo("PinnedRevisionNotFound");
                    assertThat(e1.message()).contains("revision v0");
                  }));
      assertThat(watch.having("v1")).containsExactly("e1");

      var until = Instant.now().plus(Duration.ofSeconds(5));
      app.declare(
          "v2",
          STAGES + "pins: [{clusters: [e1], reason: a fair, until: \"%s\"}]\n".formatted(until));
      eventually().untilAsserted(() -> assertThat(watch.having("v2")).contains("e1"));
      assertThat(watch.moments())
          .filteredOn(moment -> moment.has("e1", "v2"))
          .isNotEmpty()
          .allSatisfy(moment -> assertThat(moment.at()).isAfterOrEqualTo(until));
    }
  }

  private static void awaitCompleted(Rollouts app) {
    eventually()
        .untilAsserted(() -> {
          var module = app.module();
          assertThat(module.getStatus().observedGeneration())
              .isEqualTo(module.getMetadata().getGeneration());
          assertThat(app.status().completedAt()).isNotNull();
        });
  }
}
