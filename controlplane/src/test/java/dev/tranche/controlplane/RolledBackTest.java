package dev.tranche.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** With real Flux, a version that cannot be applied goes no further than the canary. */
@FleetTest
class RolledBackTest {
  private static final List<String> OTHERS = List.of("beta", "gamma");

  @Test
  void theCanaryGoesBackAndNobodyElseSeesIt(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var clusters = fleet.clusters(List.of("alpha", "beta", "gamma"));
    clusters.forEach(namespace::on);
    var settings = ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0");
    settings
        .git()
        .commit(
            Map.of(
                "cm.yaml",
                """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: settings, namespace: %s}
                data: {version: [no, string]}
                """
                    .formatted(namespace.name())),
            "Broken");
    settings.git().tag("v2.0.0");
    settings.with("v3.0.0");
    var hub = TestFleet.in(namespace);
    var rollout =
        """
        rollout:
          maxUnready: 50%
          stages:
          - {name: canary, selector: {matchLabels: {ring: canary}}, gates: [{soak: 1s}]}
          - {name: others, selector: {}}
          failure: {action: RollbackAll}
        """
            .indent(2);
    try (var watch = RolloutWatch.of(hub, "settings");
        var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      clusters.forEach(cluster ->
          hub.enrol(
              cluster.name(),
              cluster,
              Map.of("ring", cluster.name().equals("alpha") ? "canary" : "wide")));
      hub.apply(settings.module("v1.0.0", "{}") + rollout);
      hub.awaitReady("settings");

      hub.apply(settings.module("v2.0.0", "{}") + rollout);
      TestFleet.eventually()
          .untilAsserted(() ->
              assertThat(TestFleet.condition(hub.module("settings"), "Ready"))
                  .hasValueSatisfying(ready -> {
                    assertThat(ready.getReason()).isEqualTo("RolledBack");
                    assertThat(ready.getMessage()).contains("alpha: ").contains("ConfigMap");
                  }));
      clusters.forEach(cluster -> assertThat(settings.on(cluster)).contains("v1.0.0"));
      assertThat(watch.tags("alpha")).containsExactly("v1.0.0", "v2.0.0", "v1.0.0");
      assertThat(watch.now().clusters().values()).allMatch(RolloutWatch.Standing::succeeded);
      watch.assertNever("v2.0.0", OTHERS);

      hub.apply(settings.module("v3.0.0", "{}") + rollout);
      hub.awaitReady("settings");
      clusters.forEach(cluster -> assertThat(settings.on(cluster)).contains("v3.0.0"));
      watch.assertInTurn("v3.0.0", List.of("alpha"), OTHERS);
      watch.assertNever("v2.0.0", OTHERS);
      watch.assertUnreadyAtMost(1, List.of("alpha", "beta", "gamma"));
    }
  }
}
