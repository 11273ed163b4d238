package dev.tranche.controlplane;

import static dev.tranche.controlplane.FleetObserver.attention;
import static dev.tranche.controlplane.FleetObserver.summary;
import static dev.tranche.controlplane.FleetObserver.withinTwoSeconds;
import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.testbed.ApiServer;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.git.GitRepo;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A module comes to a cluster after the BootstrapModules that select it. */
@FleetTest
class BootstrapOrderTest {
  @Test
  void moduleWaitsForItsBootstrapModules(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    var beta = fleet.cluster("beta");
    namespace.on(alpha).on(beta);
    var agent = fleet.git().createRepository(namespace.name() + "-agent");
    agent.commit(Map.of("deployment.yaml", deployment(namespace.name(), "one")), "One");
    agent.tag("v1.0.0");
    agent.commit(Map.of("deployment.yaml", deployment(namespace.name(), "two")), "Two");
    agent.tag("v2.0.0");
    var settings =
        ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0", "v2.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      // It selects alpha alone, and does not become healthy there before the test says so.
      hub.apply(bootstrapModule(agent, "v1.0.0"));
      hub.enrol("alpha", alpha, Map.of("agent", "yes"));
      hub.enrol("beta", beta, Map.of());
      hub.apply(settings.module("v1.0.0", "{}"));

      eventually().untilAsserted(() -> assertThat(settings.on(beta)).contains("v1.0.0"));
      eventually()
          .untilAsserted(() -> {
            assertThat(summary(hub.module("settings")).held()).isEqualTo(1);
            assertThat(attention(hub.module("settings"), "alpha"))
                .hasValueSatisfying(attention -> {
                  assertThat(attention.reason()).isEqualTo("WaitingForBootstrap");
                  assertThat(attention.message()).contains("agent");
                });
          });
      eventually()
          .untilAsserted(() ->
              assertThat(
                      alpha
                          .client()
                          .apps()
                          .deployments()
                          .inNamespace(namespace.name())
                          .list()
                          .getItems())
                  .hasSize(1));
      assertThat(observer.assigned("alpha")).containsExactly("BootstrapModule/agent");

      makeHealthy(alpha, namespace.name());
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(20))
          .until(() ->
              observer
                      .kustomization("alpha", "agent")
                      .orElseThrow()
                      .getStatus()
                      .getLastAppliedRevision()
                  != null);
      withinTwoSeconds()
          .untilAsserted(() ->
              assertThat(observer.assigned("alpha"))
                  .containsExactlyInAnyOrder("BootstrapModule/agent", "Module/settings"));
      hub.awaitReady("settings");

      // Once it was applied, a module does not wait for its newer versions.
      hub.apply(bootstrapModule(agent, "v2.0.0"));
      eventually()
          .untilAsserted(
              () -> assertThat(summary(hub.bootstrapModule("agent")).progressing()).isEqualTo(1));
      hub.apply(settings.module("v2.0.0", "{}"));
      hub.awaitReady("settings");
      assertThat(settings.on(alpha)).contains("v2.0.0");
      assertThat(TestFleet.isReady(hub.bootstrapModule("agent"))).isFalse();
    }
  }

  /** One that comes later, or that is deleted before it was applied, does not hold for ever. */
  @Test
  void doesNotWaitForOneThatIsDeletedOrComesLater(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var settings =
        ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0", "v2.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    var agent = fleet.git().createRepository(namespace.name() + "-agent");
    agent.commit(Map.of("deployment.yaml", deployment(namespace.name(), "one")), "One");
    agent.tag("v1.0.0");
    // Flux lets go of what it waits for only when that has timed out.
    var bootstrapModule =
        bootstrapModule(agent, "v1.0.0") + "    package: {kustomize: {timeout: 5s}}\n";
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.apply(bootstrapModule);
      hub.enrol("alpha", alpha, Map.of("agent", "yes"));
      hub.apply(settings.module("v1.0.0", "{}"));
      eventually()
          .untilAsserted(() ->
              assertThat(attention(hub.module("settings"), "alpha"))
                  .hasValueSatisfying(attention ->
                      assertThat(attention.reason()).isEqualTo("WaitingForBootstrap")));
      hub.client()
          .resources(dev.tranche.crd.v1alpha1.BootstrapModule.class)
          .inNamespace(namespace.name())
          .withName("agent")
          .delete();
      hub.awaitReady("settings");

      // It stays until what it brought is gone; until then this would be an edit of it.
      eventually().until(() -> hub.bootstrapModule("agent") == null);
      hub.apply(bootstrapModule);
      eventually()
          .untilAsserted(() ->
              assertThat(observer.assigned("alpha"))
                  .containsExactlyInAnyOrder("BootstrapModule/agent", "Module/settings"));
      hub.apply(settings.module("v2.0.0", "{}"));
      hub.awaitReady("settings");
      assertThat(settings.on(alpha)).contains("v2.0.0");
    }
  }

  private static String bootstrapModule(GitRepo repository, String version) {
    return TestFleet.module("agent", repository.url(), version, "{matchLabels: {agent: \"yes\"}}")
        .replace("kind: Module", "kind: BootstrapModule");
  }

  private static void makeHealthy(ApiServer cluster, String namespace) {
    var deployment =
        cluster.client().apps().deployments().inNamespace(namespace).withName("agent").get();
    cluster
        .client()
        .apps()
        .deployments()
        .inNamespace(namespace)
        .withName("agent")
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            """
            {"status": {"observedGeneration": %d, "replicas": 1, "updatedReplicas": 1,
              "readyReplicas": 1, "availableReplicas": 1,
              "conditions": [{"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"},
                {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}]}}
            """
                .formatted(deployment.getMetadata().getGeneration()));
  }

  private static String deployment(String namespace, String version) {
    return """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: agent, namespace: %s}
    spec:
      replicas: 1
      selector: {matchLabels: {app: agent}}
      template:
        metadata: {labels: {app: agent, version: %s}}
        spec: {containers: [{name: agent, image: agent.example}]}
    """
        .formatted(namespace, version);
  }
}
