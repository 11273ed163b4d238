package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.WorkloadCluster;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Clusters get other certificates in the middle of a rollout, and the old ones are worth nothing
 * from then on.
 */
@FleetTest
class RotatedCertificateTest {
  private static final List<String> CANARY = List.of("alpha");
  private static final List<String> OTHERS = List.of("beta", "gamma");
  private static final String STAGES =
      """
      rollout:
        maxUnready: 1
        stages:
        - {name: canary, selector: {matchLabels: {ring: canary}}}
        - {name: others, selector: {}}
      """;

  @Test
  void aRolloutByProxyGoesOn(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var clusters = fleet.clusters(List.of("alpha", "beta", "gamma"));
    clusters.forEach(namespace::on);
    var hub = TestFleet.in(namespace);
    var proxies = new ProxyFleet(hub);
    var app = new Rollouts(hub, Delivery.PROXY);
    try (var watch = RolloutWatch.of(hub, "app");
        var _ = RunningControlPlane.start(fleet.hub(), namespace.name(), Duration.ofSeconds(10))) {
      for (var cluster : clusters) {
        proxies.prepare(cluster);
        hub.cluster(cluster.name(), Map.of("ring", ring(cluster)));
        hub.kubeconfig(cluster.name(), admit(cluster, namespace.name() + "-first"));
        hub.initialise(cluster.name());
      }
      app.declare("v1", STAGES);
      for (var cluster : clusters) {
        succeeds(proxies, cluster, "v1");
      }
      hub.awaitReady("app");

      // The canary is in the middle of it, and then it is the others' turn, which know the new
      // certificates alone.
      app.declare("v2", STAGES);
      eventually().until(() -> watch.having("v2").equals(CANARY));
      proxies.awaitTag(clusters.getFirst(), "alpha", "v2");
      for (var cluster : clusters) {
        hub.kubeconfig(cluster.name(), admit(cluster, namespace.name() + "-second"));
        dismiss(cluster, namespace.name() + "-first");
      }
      for (var cluster : clusters) {
        succeeds(proxies, cluster, "v2");
      }
      hub.awaitReady("app");
      watch.assertInTurn("v2", CANARY, OTHERS);
      watch.assertUnreadyAtMost(1, List.of("alpha", "beta", "gamma"));
      for (var cluster : clusters) {
        assertThat(proxies.condition(cluster.name(), "Connected").getStatus()).isEqualTo("True");
      }
    } finally {
      clusters.forEach(cluster -> dismiss(cluster, namespace.name() + "-second"));
    }
  }

  @Test
  void aRolloutByRealFluxOnTheHubGoesOn(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var clusters = fleet.clusters(List.of("alpha", "beta", "gamma"));
    clusters.forEach(namespace::on);
    var hub = TestFleet.in(namespace);
    var settings =
        ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0", "v2.0.0");
    try (var watch = RolloutWatch.of(hub, "settings");
        var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      for (var cluster : clusters) {
        hub.cluster(cluster.name(), Map.of("ring", ring(cluster)));
        hub.kubeconfig(cluster.name(), admit(cluster, namespace.name() + "-first"));
        hub.initialise(cluster.name());
      }
      hub.apply(settings.module("v1.0.0", "{}") + STAGES.indent(2));
      hub.awaitReady("settings");

      fleet.hub().hangFlux();
      try {
        hub.apply(settings.module("v2.0.0", "{}") + STAGES.indent(2));
        eventually().until(() -> watch.having("v2.0.0").equals(CANARY));
        for (var cluster : clusters) {
          hub.kubeconfig(cluster.name(), admit(cluster, namespace.name() + "-second"));
          dismiss(cluster, namespace.name() + "-first");
        }
      } finally {
        fleet.hub().resumeFlux();
      }
      hub.awaitReady("settings");
      clusters.forEach(cluster -> assertThat(settings.on(cluster)).contains("v2.0.0"));
      watch.assertInTurn("v2.0.0", CANARY, OTHERS);
      watch.assertUnreadyAtMost(1, List.of("alpha", "beta", "gamma"));
    } finally {
      clusters.forEach(cluster -> dismiss(cluster, namespace.name() + "-second"));
    }
  }

  private static String ring(WorkloadCluster cluster) {
    return CANARY.contains(cluster.name()) ? "canary" : "wide";
  }

  /** The agent of the cluster applies a version as soon as it has it. */
  private static void succeeds(ProxyFleet proxies, WorkloadCluster cluster, String tag) {
    proxies.awaitTag(cluster, cluster.name(), tag);
    proxies.agentSucceeds(cluster, cluster.name());
  }

  /** A kubeconfig of an administrator. */
  private static String admit(WorkloadCluster cluster, String user) {
    cluster
        .client()
        .resource(binding(user))
        .fieldManager("test")
        .forceConflicts()
        .serverSideApply();
    return cluster.kubeconfigFor(user, List.of("system:authenticated"));
  }

  /** Whoever has that certificate may do nothing any more. */
  private static void dismiss(WorkloadCluster cluster, String user) {
    cluster.client().resource(binding(user)).delete();
  }

  private static ClusterRoleBinding binding(String user) {
    return new ClusterRoleBindingBuilder()
        .withNewMetadata()
        .withName(user)
        .endMetadata()
        .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", "cluster-admin")
        .addNewSubject()
        .withApiGroup("rbac.authorization.k8s.io")
        .withKind("User")
        .withName(user)
        .endSubject()
        .build();
  }
}
