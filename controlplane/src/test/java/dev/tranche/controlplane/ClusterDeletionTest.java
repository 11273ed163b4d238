package dev.tranche.controlplane;

import static dev.tranche.controlplane.FleetObserver.summary;
import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The end of a cluster: beside the real Cluster API manager, whose finalizer it has to pass. */
@FleetTest
class ClusterDeletionTest {
  @Test
  void leavesWhatRunsThere(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    var beta = fleet.cluster("beta");
    namespace.on(alpha).on(beta);
    var settings =
        ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0", "v2.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.enrol("alpha", alpha, Map.of());
      hub.enrol("beta", beta, Map.of());
      hub.apply(settings.module("v1.0.0", "{}"));
      hub.awaitReady("settings");
      awaitFinalizerOfClusterApi(observer, "alpha");

      observer.deleteCluster("alpha");
      awaitNothingLeftOf(observer, "alpha");
      hub.apply(settings.module("v2.0.0", "{}"));
      hub.awaitReady("settings");
      assertThat(summary(hub.module("settings")).total()).isEqualTo(1);
      assertThat(settings.on(beta)).contains("v2.0.0");
      assertThat(settings.on(alpha)).contains("v1.0.0");
    }
  }

  /** An enrolled cluster of the same name is another one. */
  @Test
  void isMadeAgainUnderTheSameName(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var settings = ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.enrol("alpha", alpha, Map.of());
      hub.apply(settings.module("v1.0.0", "{}"));
      hub.awaitReady("settings");
      var before = hub.assemblage("alpha").orElseThrow().getMetadata();

      observer.deleteCluster("alpha");
      eventually().untilAsserted(() -> assertThat(observer.cluster("alpha")).isEmpty());
      hub.enrol("alpha", alpha, Map.of());
      eventually()
          .untilAsserted(() ->
              assertThat(hub.assemblage("alpha"))
                  .hasValueSatisfying(now -> {
                    assertThat(now.getMetadata().getUid()).isNotEqualTo(before.getUid());
                    assertThat(now.getStatus().syncs())
                        .singleElement()
                        .satisfies(sync -> assertThat(sync.state()).isEqualTo(SyncState.SUCCEEDED));
                  }));
      hub.awaitReady("settings");
      assertThat(settings.on(alpha)).contains("v1.0.0");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nothingHangsWhenItsApiIsGone(boolean kubeconfigToo, Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    var fragile = fleet.startCluster("fragile");
    namespace.on(alpha).on(fragile);
    var settings =
        ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0", "v2.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.enrol("alpha", alpha, Map.of());
      hub.enrol("fragile", fragile, Map.of());
      hub.apply(settings.module("v1.0.0", "{}"));
      hub.awaitReady("settings");
      awaitFinalizerOfClusterApi(observer, "fragile");

      fragile.kill();
      if (kubeconfigToo) {
        observer.deleteKubeconfig("fragile");
      }
      observer.deleteCluster("fragile");
      hub.apply(settings.module("v2.0.0", "{}"));
      hub.awaitReady("settings");
      assertThat(settings.on(alpha)).contains("v2.0.0");
      awaitNothingLeftOf(observer, "fragile");

      fragile.restart();
      assertThat(settings.on(fragile)).contains("v1.0.0");
    }
  }

  @Test
  void nothingHangsWhenAPruneWasUnderway(Fleet fleet, TestNamespace namespace)
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
            assertThat(observer.kustomization("fragile", "settings"))
                .hasValueSatisfying(kustomization ->
                    assertThat(kustomization.getMetadata().getDeletionTimestamp()).isNotNull());
          });
      observer.deleteCluster("fragile");
      awaitNothingLeftOf(observer, "fragile");
      eventually()
          .untilAsserted(() -> {
            assertThat(hub.module("settings")).isNull();
            assertThat(observer.sources()).isEmpty();
          });
    }
  }

  /** A connection that is taken and never answered holds whoever waits for it. */
  @Test
  void nothingHangsWhenItsApiDoesNotAnswer(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    var fragile = fleet.startCluster("fragile");
    namespace.on(alpha).on(fragile);
    var settings =
        ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0", "v2.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.enrol("alpha", alpha, Map.of());
      hub.enrol("fragile", fragile, Map.of());
      hub.apply(settings.module("v1.0.0", "{}"));
      hub.awaitReady("settings");

      fragile.hang();
      observer.deleteCluster("fragile");
      hub.apply(settings.module("v2.0.0", "{}"));
      hub.awaitReady("settings");
      assertThat(settings.on(alpha)).contains("v2.0.0");
      awaitNothingLeftOf(observer, "fragile");
    }
  }

  private static void awaitFinalizerOfClusterApi(FleetObserver observer, String cluster) {
    eventually()
        .untilAsserted(() ->
            assertThat(observer.cluster(cluster).orElseThrow().getMetadata().getFinalizers())
                .contains("cluster.cluster.x-k8s.io"));
  }

  private static void awaitNothingLeftOf(FleetObserver observer, String cluster) {
    eventually()
        .untilAsserted(() -> {
          assertThat(observer.kustomizations(cluster)).isEmpty();
          assertThat(observer.fleet().assemblage(cluster)).isEmpty();
          assertThat(observer.cluster(cluster)).isEmpty();
        });
  }
}
