package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A control plane that ends, in order or not, and the one that comes after it. */
@FleetTest
class KilledControlPlaneTest {
  private static final List<String> CLUSTERS = List.of("alpha", "beta");

  @Test
  void theNextOneCompletesWhatItHadBegun(
      Fleet fleet, TestNamespace namespace, @TempDir Path directory) throws InterruptedException {
    var clusters = fleet.clusters(CLUSTERS);
    clusters.forEach(namespace::on);
    var modules =
        Stream.of("one", "two", "three")
            .map(name ->
                ConfigMapRepository.create(fleet, namespace, name)
                    .with("v1.0.0", "v2.0.0", "v3.0.0"))
            .toList();
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    try (var first = ControlPlaneProcess.start(fleet.hub(), namespace.name(), directory)) {
      clusters.forEach(cluster -> hub.enrol(cluster.name(), cluster, Map.of()));
      modules.forEach(module -> hub.apply(module.module("v1.0.0", "{}")));
      modules.forEach(module -> hub.awaitReady(module.name()));

      // Killed between the first write of a change and the last one.
      modules.forEach(module -> hub.apply(module.module("v2.0.0", "{}")));
      eventually()
          .pollInterval(Duration.ofMillis(5))
          .until(() -> first.log().contains("changed kustomization"));
      first.kill();
    }
    // What is missed while nobody is there.
    hub.apply(modules.get(1).module("v3.0.0", "{}"));
    observer.deleteModule("three");
    try (var second = ControlPlaneProcess.start(fleet.hub(), namespace.name(), directory)) {
      hub.awaitReady("one");
      hub.awaitReady("two");
      eventually().untilAsserted(() -> assertThat(hub.module("three")).isNull());
      for (var cluster : clusters) {
        assertThat(modules.get(0).on(cluster)).contains("v2.0.0");
        assertThat(modules.get(1).on(cluster)).contains("v3.0.0");
        assertThat(modules.get(2).on(cluster)).isEmpty();
      }
      awaitExactly(observer, 2);

      // Killed in the middle of withdrawing.
      observer.deleteModule("two");
      eventually()
          .pollInterval(Duration.ofMillis(5))
          .until(() -> second.log().contains("withdrawn"));
      second.kill();
    }
    try (var third = ControlPlaneProcess.start(fleet.hub(), namespace.name(), directory)) {
      eventually().untilAsserted(() -> assertThat(hub.module("two")).isNull());
      clusters.forEach(cluster -> assertThat(modules.get(1).on(cluster)).isEmpty());
      hub.awaitReady("one");
      awaitExactly(observer, 1);
      assertThat(third.log()).doesNotContain("ERROR");
    }
  }

  @Test
  void endsInOrderWhenAsked(Fleet fleet, TestNamespace namespace, @TempDir Path directory)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var settings = ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0");
    var hub = TestFleet.in(namespace);
    try (var process = ControlPlaneProcess.start(fleet.hub(), namespace.name(), directory)) {
      hub.enrol("alpha", alpha, Map.of());
      hub.apply(settings.module("v1.0.0", "{}"));
      hub.awaitReady("settings");

      process.terminate();
      assertThat(process.statusWithin(Duration.ofSeconds(10))).as(process.log()).isZero();
      assertThat(process.log()).contains("stopped").doesNotContain("ERROR");
    }
  }

  /** Nothing is doubled and nothing is left over. */
  private static void awaitExactly(FleetObserver observer, int modules) {
    eventually()
        .untilAsserted(() -> {
          assertThat(observer.assemblages()).hasSize(CLUSTERS.size());
          assertThat(CLUSTERS)
              .allSatisfy(cluster -> {
                assertThat(observer.assigned(cluster)).hasSize(modules);
                assertThat(observer.kustomizations(cluster)).hasSize(modules);
              });
          assertThat(observer.sources()).hasSize(modules);
        });
  }
}
