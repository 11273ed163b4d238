package dev.tranche.controlplane;

import static dev.tranche.controlplane.FleetObserver.attention;
import static dev.tranche.controlplane.FleetObserver.summary;
import static dev.tranche.controlplane.FleetObserver.withinTwoSeconds;
import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a cluster takes part, and when nothing is changed there. */
@FleetTest
class ClusterReadinessTest {
  private static final Map<String, String> PROD = Map.of("env", "prod");

  @Test
  void initialisedFirstThenKubeconfig(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var settings = ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      var mark = fleet.hub().auditLog().mark();
      hub.cluster("alpha", PROD);
      hub.apply(settings.module("v1.0.0", "{matchLabels: {env: prod}}"));
      awaitNotReady(hub, "ControlPlaneNotInitialized");
      hub.initialise("alpha");
      awaitNotReady(hub, "KubeconfigMissing");
      assertThat(observer.workSince(mark)).isEmpty();

      hub.kubeconfig("alpha", alpha.kubeconfigYaml());
      withinTwoSeconds()
          .untilAsserted(() -> {
            assertThat(observer.kustomizations("alpha")).hasSize(1);
            assertThat(observer.sources()).hasSize(1);
          });
      hub.awaitReady("settings");
      assertThat(settings.on(alpha)).contains("v1.0.0");
    }
  }

  @Test
  void kubeconfigFirstThenInitialised(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var settings = ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      var mark = fleet.hub().auditLog().mark();
      hub.apply(settings.module("v1.0.0", "{matchLabels: {env: prod}}"));
      hub.kubeconfig("alpha", alpha.kubeconfigYaml());
      hub.cluster("alpha", PROD);
      awaitNotReady(hub, "ControlPlaneNotInitialized");
      assertThat(observer.workSince(mark)).isEmpty();

      hub.initialise("alpha");
      withinTwoSeconds()
          .untilAsserted(() -> {
            assertThat(observer.kustomizations("alpha")).hasSize(1);
            assertThat(observer.sources()).hasSize(1);
          });
      hub.awaitReady("settings");
      assertThat(settings.on(alpha)).contains("v1.0.0");
    }
  }

  /** Somebody else may well write an assemblage of a cluster that is not ready. */
  @Test
  void anAssemblageThatIsThereWaitsForItsClusterAndKubeconfig(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var settings = ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.cluster("alpha", PROD);
      var cluster = observer.cluster("alpha").orElseThrow();
      hub.apply(
          """
          apiVersion: fleet.tranche.dev/v1alpha1
          kind: RemoteAssemblage
          metadata:
            name: alpha
            ownerReferences:
            - {apiVersion: cluster.x-k8s.io/v1beta2, kind: Cluster, name: alpha, uid: %s, controller: true}
          spec:
            kubeconfigRef: {name: alpha-kubeconfig}
            syncs:
            - origin: Acme
              name: settings
              revision: "1"
              source: {git: {url: "%s", version: {tag: v1.0.0}}}
          """
              .formatted(cluster.getMetadata().getUid(), settings.git().url()));
      awaitWaiting(hub, "ControlPlaneNotInitialized");
      hub.initialise("alpha");
      awaitWaiting(hub, "KubeconfigMissing");
      assertThat(observer.kustomizations()).isEmpty();
      assertThat(observer.sources()).isEmpty();

      hub.kubeconfig("alpha", alpha.kubeconfigYaml());
      withinTwoSeconds()
          .untilAsserted(() -> {
            assertThat(observer.kustomizations("alpha")).hasSize(1);
            assertThat(observer.sources()).hasSize(1);
          });
      eventually().untilAsserted(() -> assertThat(settings.on(alpha)).contains("v1.0.0"));
    }
  }

  @Test
  void kubeconfigThatGoesAndComesBack(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var settings =
        ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0", "v2.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.enrol("alpha", alpha, PROD);
      hub.apply(settings.module("v1.0.0", "{matchLabels: {env: prod}}"));
      hub.awaitReady("settings");
      var before = observer.kustomization("alpha", "settings").orElseThrow();

      observer.deleteKubeconfig("alpha");
      awaitNotReady(hub, "KubeconfigMissing");
      awaitWaiting(hub, "KubeconfigMissing");
      var mark = fleet.hub().auditLog().mark();
      hub.apply(settings.module("v2.0.0", "{matchLabels: {env: prod}}"));
      awaitNotReady(hub, "KubeconfigMissing");
      assertThat(observer.workSince(mark)).isEmpty();
      assertThat(settings.on(alpha)).contains("v1.0.0");

      hub.kubeconfig("alpha", alpha.kubeconfigYaml());
      withinTwoSeconds()
          .untilAsserted(() -> {
            var now = observer.kustomization("alpha", "settings").orElseThrow();
            assertThat(now.getMetadata().getUid()).isEqualTo(before.getMetadata().getUid());
            assertThat(now.getSpec().getSourceRef().getName())
                .isNotEqualTo(before.getSpec().getSourceRef().getName());
          });
      hub.awaitReady("settings");
      assertThat(settings.on(alpha)).contains("v2.0.0");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"spec\":{\"paused\":true}} | {\"spec\":{\"paused\":false}}",
        "{\"metadata\":{\"annotations\":{\"cluster.x-k8s.io/paused\":\"\"}}}"
            + " | {\"metadata\":{\"annotations\":{\"cluster.x-k8s.io/paused\":null}}}"
      })
  void nothingChangesWherePaused(String pause, String resume, Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var settings =
        ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0", "v2.0.0");
    var leaving = ConfigMapRepository.create(fleet, namespace, "leaving").with("v1.0.0");
    var coming = ConfigMapRepository.create(fleet, namespace, "coming").with("v1.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.enrol("alpha", alpha, PROD);
      hub.apply(settings.module("v1.0.0", "{}"));
      hub.apply(leaving.module("v1.0.0", "{}"));
      hub.awaitReady("settings");
      hub.awaitReady("leaving");

      var mark = fleet.hub().auditLog().mark();
      observer.patchCluster("alpha", pause);
      hub.apply(settings.module("v2.0.0", "{}"));
      hub.apply(coming.module("v1.0.0", "{}"));
      observer.deleteModule("leaving");
      for (var module : new String[] {"settings", "coming"}) {
        eventually()
            .untilAsserted(() -> {
              var status = hub.module(module).getStatus();
              assertThat(status.observedGeneration())
                  .isEqualTo(hub.module(module).getMetadata().getGeneration());
              assertThat(summary(hub.module(module)).held()).isEqualTo(1);
              assertThat(attention(hub.module(module), "alpha"))
                  .hasValueSatisfying(a -> assertThat(a.reason()).isEqualTo("ClusterPaused"));
            });
      }
      eventually()
          .untilAsserted(() ->
              assertThat(TestFleet.condition(hub.module("leaving"), "Ready"))
                  .hasValueSatisfying(ready -> {
                    assertThat(ready.getReason()).isEqualTo("Withdrawing");
                    assertThat(ready.getMessage()).contains("alpha").contains("paused");
                  }));
      assertThat(observer.workSince(mark)).isEmpty();

      observer.patchCluster("alpha", resume);
      hub.awaitReady("settings");
      hub.awaitReady("coming");
      eventually().untilAsserted(() -> assertThat(hub.module("leaving")).isNull());
      assertThat(settings.on(alpha)).contains("v2.0.0");
      assertThat(coming.on(alpha)).contains("v1.0.0");
      assertThat(leaving.on(alpha)).isEmpty();
    }
  }

  private static void awaitNotReady(TestFleet hub, String reason) {
    eventually()
        .untilAsserted(() -> {
          var module = hub.module("settings");
          assertThat(module.getStatus().observedGeneration())
              .isEqualTo(module.getMetadata().getGeneration());
          assertThat(summary(module).total()).isEqualTo(1);
          assertThat(summary(module).notReady()).isEqualTo(1);
          assertThat(attention(module, "alpha"))
              .hasValueSatisfying(attention -> {
                assertThat(attention.state()).isEqualTo("NotReady");
                assertThat(attention.reason()).isEqualTo(reason);
              });
          assertThat(TestFleet.isReady(module)).isFalse();
        });
  }

  private static void awaitWaiting(TestFleet hub, String reason) {
    eventually()
        .untilAsserted(() ->
            assertThat(hub.assemblage("alpha").orElseThrow().getStatus().syncs())
                .singleElement()
                .satisfies(sync -> assertThat(sync.reason()).isEqualTo(reason)));
  }
}
