package dev.tranche.controlplane;

import static dev.tranche.controlplane.FleetObserver.summary;
import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A cluster that a module does not select any more, and one that it selects again. */
@FleetTest
class DepartedClusterTest {
  private static final String PROD = "{matchLabels: {env: prod}}";

  @Test
  void isPrunedAndServedAgainWhenItComesBack(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    var beta = fleet.cluster("beta");
    namespace.on(alpha).on(beta);
    var settings = ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0");
    var common = ConfigMapRepository.create(fleet, namespace, "common").with("v1.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.enrol("alpha", alpha, Map.of("env", "prod"));
      hub.enrol("beta", beta, Map.of("env", "prod"));
      hub.apply(settings.module("v1.0.0", PROD));
      hub.apply(common.module("v1.0.0", "{}"));
      hub.awaitReady("settings");
      hub.awaitReady("common");
      var commonBefore = observer.kustomization("alpha", "common").orElseThrow().getMetadata();

      hub.cluster("alpha", Map.of("env", "dev"));
      eventually()
          .untilAsserted(() -> {
            assertThat(settings.on(alpha)).isEmpty();
            assertThat(observer.kustomization("alpha", "settings")).isEmpty();
            assertThat(observer.assigned("alpha")).containsExactly("Module/common");
            assertThat(hub.assemblage("alpha").orElseThrow().getStatus().syncs())
                .singleElement()
                .satisfies(sync -> assertThat(sync.name()).isEqualTo("common"));
            assertThat(summary(hub.module("settings")).total()).isEqualTo(1);
          });
      hub.awaitReady("settings");
      assertThat(settings.on(beta)).contains("v1.0.0");
      assertThat(common.on(alpha)).contains("v1.0.0");

      hub.cluster("alpha", Map.of("env", "prod"));
      eventually()
          .untilAsserted(() -> {
            assertThat(settings.on(alpha)).contains("v1.0.0");
            assertThat(summary(hub.module("settings")).succeeded()).isEqualTo(2);
          });
      hub.awaitReady("settings");
      var commonAfter = observer.kustomization("alpha", "common").orElseThrow().getMetadata();
      assertThat(commonAfter.getUid()).isEqualTo(commonBefore.getUid());
      assertThat(commonAfter.getGeneration()).isEqualTo(commonBefore.getGeneration());
    }
  }

  /** Flux is stopped, so that the cluster is surely back while it is still being pruned. */
  @Test
  void comesBackWhileItIsBeingPruned(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var settings = ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.enrol("alpha", alpha, Map.of("env", "prod"));
      hub.apply(settings.module("v1.0.0", PROD));
      hub.awaitReady("settings");
      var before = observer.kustomization("alpha", "settings").orElseThrow().getMetadata();
      fleet.hub().hangFlux();
      try {
        hub.cluster("alpha", Map.of("env", "dev"));
        eventually()
            .untilAsserted(() ->
                assertThat(observer.kustomization("alpha", "settings"))
                    .hasValueSatisfying(kustomization ->
                        assertThat(kustomization.getMetadata().getDeletionTimestamp())
                            .isNotNull()));
        hub.cluster("alpha", Map.of("env", "prod"));
        eventually()
            .untilAsserted(() -> {
              assertThat(observer.assigned("alpha")).containsExactly("Module/settings");
              assertThat(summary(hub.module("settings")).progressing()).isEqualTo(1);
            });
        assertThat(TestFleet.isReady(hub.module("settings"))).isFalse();
      } finally {
        fleet.hub().resumeFlux();
      }
      eventually()
          .untilAsserted(() ->
              assertThat(observer.kustomization("alpha", "settings"))
                  .hasValueSatisfying(
                      now -> assertThat(now.getMetadata().getUid()).isNotEqualTo(before.getUid())));
      hub.awaitReady("settings");
      assertThat(settings.on(alpha)).contains("v1.0.0");
    }
  }

  @Test
  void selectorIsNarrowed(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    var beta = fleet.cluster("beta");
    namespace.on(alpha).on(beta);
    var settings = ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.enrol("alpha", alpha, Map.of("env", "prod", "region", "eu"));
      hub.enrol("beta", beta, Map.of("env", "prod", "region", "us"));
      hub.apply(settings.module("v1.0.0", PROD));
      hub.awaitReady("settings");

      hub.apply(settings.module("v1.0.0", "{matchLabels: {env: prod, region: us}}"));
      eventually()
          .untilAsserted(() -> {
            assertThat(settings.on(alpha)).isEmpty();
            assertThat(hub.assemblage("alpha")).isEmpty();
          });
      hub.awaitReady("settings");
      assertThat(summary(hub.module("settings")).total()).isEqualTo(1);
      assertThat(settings.on(beta)).contains("v1.0.0");
      assertThat(observer.kustomizations("alpha")).isEmpty();
      assertThat(observer.sources()).hasSize(1);
    }
  }
}
