package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A third party gets its syncs applied like anybody else. */
@FleetTest
class ThirdPartyTest {
  @Test
  void thirdPartyIsServedAndOutlivesOurs(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var ours = ConfigMapRepository.create(fleet, namespace, "ours").with("v1.0.0", "v2.0.0");
    var theirs = ConfigMapRepository.create(fleet, namespace, "theirs").with("v1.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name());
        var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.enrol("alpha", alpha, Map.of());
      hub.apply(ours.module("v1.0.0", "{}"));
      hub.awaitReady("ours");
      ThirdParty.assign(hub, "alpha", theirs.git().url());
      eventually().untilAsserted(() -> assertThat(theirs.on(alpha)).contains("v1.0.0"));

      hub.apply(ours.module("v2.0.0", "{}"));
      hub.awaitReady("ours");
      observer.deleteModule("ours");
      eventually().untilAsserted(() -> assertThat(hub.module("ours")).isNull());
      assertThat(ours.on(alpha)).isEmpty();
      assertThat(theirs.on(alpha)).contains("v1.0.0");
      assertThat(observer.assigned("alpha")).containsExactly("Acme/theirs");
      assertThat(ThirdParty.managers(hub, Delivery.REMOTE, "alpha")).containsExactly("acme");
      eventually()
          .untilAsserted(() -> {
            assertThat(observer.kustomizations()).hasSize(1);
            assertThat(observer.sources()).hasSize(1);
            assertThat(hub.assemblage("alpha").orElseThrow().getStatus().syncs())
                .singleElement()
                .satisfies(sync -> {
                  assertThat(sync.origin()).isEqualTo("Acme");
                  assertThat(sync.state()).isEqualTo(SyncState.SUCCEEDED);
                });
          });
    }
  }
}
