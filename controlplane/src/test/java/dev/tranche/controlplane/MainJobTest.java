package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A module reaches real clusters through real Flux. */
@FleetTest
class MainJobTest {
  @Test
  void moduleArrivesAndItsVersionMoves(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    var beta = fleet.cluster("beta");
    namespace.on(alpha);
    namespace.on(beta);
    var repository = fleet.git().createRepository(namespace.name());
    var first = repository.commit(Map.of("cm.yaml", configMap(namespace.name(), "one")), "One");
    repository.tag("v1.0.0");
    var second = repository.commit(Map.of("cm.yaml", configMap(namespace.name(), "two")), "Two");
    repository.tag("v2.0.0");

    var hub = TestFleet.in(namespace);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.enrol("alpha", alpha, Map.of("env", "prod"));
      hub.enrol("beta", beta, Map.of("env", "prod"));
      hub.apply(
          TestFleet.module("settings", repository.url(), "v1.0.0", "{matchLabels: {env: prod}}"));
      hub.awaitReady("settings");
      for (var cluster : new dev.tranche.testbed.ApiServer[] {alpha, beta}) {
        assertThat(
                cluster
                    .client()
                    .configMaps()
                    .inNamespace(namespace.name())
                    .withName("settings")
                    .get()
                    .getData())
            .containsEntry("version", "one");
      }
      assertThat(hub.assemblage("alpha").orElseThrow().getStatus().syncs())
          .singleElement()
          .satisfies(sync -> assertThat(sync.appliedRevision()).isEqualTo("v1.0.0@sha1:" + first));

      hub.apply(
          TestFleet.module("settings", repository.url(), "v2.0.0", "{matchLabels: {env: prod}}"));
      hub.awaitReady("settings");
      for (var cluster : new dev.tranche.testbed.ApiServer[] {alpha, beta}) {
        assertThat(
                cluster
                    .client()
                    .configMaps()
                    .inNamespace(namespace.name())
                    .withName("settings")
                    .get()
                    .getData())
            .containsEntry("version", "two");
      }
      assertThat(hub.assemblage("beta").orElseThrow().getStatus().applied())
          .contains("settings v2.0.0@sha1:" + second.substring(0, 12));
      eventually()
          .untilAsserted(() ->
              assertThat(
                      fleet
                          .hub()
                          .client()
                          .resources(dev.tranche.crd.flux.source.v1.GitRepository.class)
                          .inNamespace(namespace.name())
                          .list()
                          .getItems())
                  .hasSize(1));
    }
  }

  private static String configMap(String namespace, String version) {
    return """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings, namespace: %s}
    data: {version: %s}
    """
        .formatted(namespace, version);
  }
}
