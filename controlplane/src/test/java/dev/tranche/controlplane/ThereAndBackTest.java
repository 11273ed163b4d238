package dev.tranche.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import org.junit.jupiter.api.Test;

/** A version that is declared, replaced and declared again has to succeed again. */
@FleetTest(flux = false)
class ThereAndBackTest {
  /** The agent says nothing of the version in between, so that its old report looks like news. */
  @Test
  void whatWasReportedBeforeDoesNotCount(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var hub = TestFleet.in(namespace);
    var proxies = new ProxyFleet(hub);
    var app = new Rollouts(hub, Delivery.PROXY);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      proxies.enrol("alpha", alpha);
      app.declare("v1", "");
      proxies.awaitTag(alpha, "alpha", "v1");
      proxies.agentSucceeds(alpha, "alpha");
      hub.awaitReady("app");

      app.declare("v2", "");
      proxies.awaitTag(alpha, "alpha", "v2");
      app.declare("v1", "");
      proxies.awaitTag(alpha, "alpha", "v1");
      app.await("Ready", "RollingOut");
      Writes.from(hub).awaitEnd();
      app.await("Ready", "RollingOut");
      assertThat(FleetObserver.summary(app.module()).succeeded()).isZero();

      proxies.agentSucceeds(alpha, "alpha");
      hub.awaitReady("app");
    }
  }
}
