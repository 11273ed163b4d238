package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A module that is deleted is withdrawn everywhere before it goes. */
@FleetTest
class ModuleDeletionTest {
  @Test
  void isPrunedEverywhereFirst(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    var beta = fleet.cluster("beta");
    namespace.on(alpha).on(beta);
    var settings = ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.enrol("alpha", alpha, Map.of());
      hub.enrol("beta", beta, Map.of("env", "prod"));
      hub.apply(settings.module("v1.0.0", "{}"));
      // The same source under another name, which is not to lose it.
      hub.apply(
          TestFleet.module(
              "twin", settings.git().url(), "v1.0.0", "{matchLabels: {env: staging}}"));
      hub.awaitReady("settings");
      hub.cluster("beta", Map.of("env", "staging"));
      eventually().untilAsserted(() -> assertThat(observer.assigned("beta")).hasSize(2));
      assertThat(observer.sources()).hasSize(1);

      fleet.hub().hangFlux();
      try {
        observer.deleteModule("settings");
        eventually()
            .untilAsserted(() ->
                assertThat(TestFleet.condition(hub.module("settings"), "Ready"))
                    .hasValueSatisfying(ready -> {
                      assertThat(ready.getStatus()).isEqualTo("False");
                      assertThat(ready.getReason()).isEqualTo("Withdrawing");
                      assertThat(ready.getMessage())
                          .contains("alpha (Flux is removing", "beta (Flux is removing");
                    }));
        assertThat(settings.on(alpha)).isPresent();
      } finally {
        fleet.hub().resumeFlux();
      }
      eventually().untilAsserted(() -> assertThat(hub.module("settings")).isNull());
      assertThat(settings.on(alpha)).isEmpty();
      assertThat(observer.kustomizations("alpha")).isEmpty();
      assertThat(observer.assigned("beta")).containsExactly("Module/twin");
      eventually().untilAsserted(() -> assertThat(hub.assemblage("alpha")).isEmpty());
      assertThat(observer.sources()).hasSize(1);

      observer.deleteModule("twin");
      eventually()
          .untilAsserted(() -> {
            assertThat(hub.module("twin")).isNull();
            assertThat(observer.assemblages()).isEmpty();
            assertThat(observer.kustomizations()).isEmpty();
            assertThat(observer.sources()).isEmpty();
          });
      assertThat(settings.on(beta)).isEmpty();
    }
  }

  /** It is there and waits to become healthy, of which nothing was reported yet. */
  @Test
  void isPrunedWhereItWasNeverReported(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var settings = ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.enrol("alpha", alpha, Map.of());
      hub.apply(
          settings.module("v1.0.0", "{}")
              + """
                  package:
                    kustomize:
                      timeout: 20s
                      healthChecks:
                      - {apiVersion: apps/v1, kind: Deployment, name: missing, namespace: default}
              """);
      eventually().until(() -> settings.on(alpha).isPresent());
      fleet.hub().hangFlux();
      try {
        assertThat(hub.assemblage("alpha").orElseThrow().getStatus().syncs()).isEmpty();
        observer.deleteModule("settings");
        eventually().until(() -> observer.assigned("alpha").isEmpty());
        Writes.from(hub).awaitEnd();
        assertThat(observer.kustomizations("alpha")).isNotEmpty();
        assertThat(TestFleet.condition(hub.module("settings"), "Ready"))
            .hasValueSatisfying(ready -> {
              assertThat(ready.getReason()).isEqualTo("Withdrawing");
              assertThat(ready.getMessage()).contains("alpha");
            });
      } finally {
        fleet.hub().resumeFlux();
      }
      eventually().untilAsserted(() -> assertThat(hub.module("settings")).isNull());
      assertThat(observer.kustomizations("alpha")).isEmpty();
      assertThat(settings.on(alpha)).isEmpty();
    }
  }

  @Test
  void waitsForAClusterThatIsAwayAndSaysSo(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    var fragile = fleet.startCluster("fragile");
    namespace.on(alpha).on(fragile);
    var settings = ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.enrol("alpha", alpha, Map.of());
      hub.enrol("fragile", fragile, Map.of());
      hub.apply(settings.module("v1.0.0", "{}"));
      hub.awaitReady("settings");

      fragile.kill();
      observer.deleteModule("settings");
      eventually()
          .untilAsserted(() -> {
            assertThat(settings.on(alpha)).isEmpty();
            assertThat(hub.assemblage("alpha")).isEmpty();
            assertThat(TestFleet.condition(hub.module("settings"), "Ready"))
                .hasValueSatisfying(ready -> {
                  assertThat(ready.getReason()).isEqualTo("Withdrawing");
                  assertThat(ready.getMessage()).contains("1 cluster still has it: fragile");
                });
          });

      fragile.restart();
      eventually().untilAsserted(() -> assertThat(hub.module("settings")).isNull());
      assertThat(settings.on(fragile)).isEmpty();
      eventually()
          .untilAsserted(() -> {
            assertThat(observer.assemblages()).isEmpty();
            assertThat(observer.kustomizations()).isEmpty();
            assertThat(observer.sources()).isEmpty();
          });
    }
  }

  @Test
  void oneThatSelectsNothingGoesAtOnce(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var settings = ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0");
    var hub = TestFleet.in(namespace);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.apply(settings.module("v1.0.0", "{}"));
      hub.awaitReady("settings");
      new FleetObserver(hub).deleteModule("settings");
      eventually().untilAsserted(() -> assertThat(hub.module("settings")).isNull());
    }
  }
}
