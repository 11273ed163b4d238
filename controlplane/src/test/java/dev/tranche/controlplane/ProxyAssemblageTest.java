package dev.tranche.controlplane;

import static dev.tranche.controlplane.ProxyFleet.entries;
import static dev.tranche.controlplane.ProxyFleet.entry;
import static dev.tranche.controlplane.ProxyFleet.report;
import static dev.tranche.controlplane.ProxyFleet.within;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.clusterapi.v1beta2.Cluster;
import dev.tranche.crd.v1alpha1.Assemblage;
import dev.tranche.crd.v1alpha1.ProxyAssemblage;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A ProxyAssemblage keeps its Assemblage equal, and says what the agent there reports. */
@FleetTest
class ProxyAssemblageTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  @Test
  void isBroughtAndMirrored(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var proxies = new ProxyFleet(TestFleet.in(namespace));
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      proxies.enrol("alpha", alpha);
      proxies.assign("alpha", entry("one", "r1"), entry("two", "r1"));
      proxies.awaitWritten(alpha, "alpha", "Module/one r1", "Module/two r1");
      assertThat(proxies.annotation(proxies.assemblage(alpha, "alpha"), "fleet.tranche.dev/proxied-by"))
          .hasValueSatisfying(word -> assertThat(word).endsWith("/" + namespace.name() + "/alpha"));
      proxies.awaitConnected("alpha", "True", SOON);

      proxies.agentSucceeds(alpha, "alpha");
      proxies.awaitReady("alpha");
      assertThat(proxies.sync("alpha", "one").state()).isEqualTo(SyncState.SUCCEEDED);
      assertThat(proxies.proxy("alpha").getStatus().targetNamespace()).isEqualTo(namespace.name());
      assertThat(proxies.proxy("alpha").getStatus().lastContact()).isNotNull();

      // What the agent says of the revision before is not taken for what it says of this one.
      proxies.assign("alpha", entry("one", "r2"), entry("two", "r1"));
      proxies.awaitWritten(alpha, "alpha", "Module/one r2", "Module/two r1");
      within(Duration.ofSeconds(30))
          .untilAsserted(() -> {
            assertThat(proxies.sync("alpha", "one").state()).isEqualTo(SyncState.UPDATING);
            assertThat(proxies.sync("alpha", "one").reason()).isEqualTo("NotSeenYet");
          });
      proxies.agentSucceeds(alpha, "alpha");
      proxies.awaitReady("alpha");
      assertThat(proxies.sync("alpha", "one").revision()).isEqualTo("r2");

      proxies.assign("alpha", entry("two", "r1"));
      proxies.awaitWritten(alpha, "alpha", "Module/two r1");
      ProxyFleet.agentReports(
          alpha,
          proxies.assemblage(alpha, "alpha"),
          report("Module", "one", "r2", "Updating"),
          report("Module", "two", "r1", "Succeeded"));
      within(Duration.ofSeconds(30))
          .untilAsserted(() ->
              assertThat(proxies.sync("alpha", "one").state()).isEqualTo(SyncState.UPDATING));
      proxies.agentSucceeds(alpha, "alpha");
      within(SOON)
          .untilAsserted(() ->
              assertThat(proxies.proxy("alpha").getStatus().syncs()).hasSize(1));
    }
  }
}
