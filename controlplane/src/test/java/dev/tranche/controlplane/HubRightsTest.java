package dev.tranche.controlplane;

import static dev.tranche.controlplane.ProxyFleet.entry;
import static dev.tranche.controlplane.ProxyFleet.within;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.testbed.AuditEvent;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.WorkloadCluster;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import java.net.HttpURLConnection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a kubeconfig has to be allowed in a cluster to which all comes by proxy. */
@FleetTest(flux = false)
class HubRightsTest {
  private static final String USER = "hub";

  @Test
  void thoseOfTheManifestAreEnough(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.startCluster("bounded");
    var hub = TestFleet.in(namespace);
    var proxies = new ProxyFleet(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      enrol(hub, alpha, role(alpha).getRules());
      secret(hub, "1");
      // Its namespace is not there yet.
      proxies.assign("alpha", entry("one", "r1", ", secretRef: {name: git}"));
      proxies.awaitWritten(alpha, "alpha", "Other/one r1");
      proxies.agentSucceeds(alpha, "alpha");
      proxies.awaitReady("alpha");
      assertThat(secrets(alpha, namespace)).containsExactly("git");
      secret(hub, "2");
      proxies.assign("alpha", entry("one", "r2"), entry("two", "r1", ", secretRef: {name: git}"));
      proxies.awaitWritten(alpha, "alpha", "Other/one r2", "Other/two r1");
      proxies.assign("alpha", entry("one", "r2"));
      within(Duration.ofSeconds(20)).until(() -> secrets(alpha, namespace).isEmpty());
      proxies.awaitWritten(alpha, "alpha", "Other/one r2");
      proxies.agentSucceeds(alpha, "alpha");
      proxies.awaitReady("alpha");

      hub.client().resource(proxies.proxy("alpha")).delete();
      within(Duration.ofSeconds(20)).until(() -> proxies.assemblage(alpha, "alpha") == null);
      within(Duration.ofSeconds(20)).until(() -> proxies.proxy("alpha") == null);
    }
  }

  /** Where no watch holds, a cluster is asked again and again, often while something happens. */
  @Test
  void changesAreSeenWithoutWatches(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.startCluster("watchless");
    var begin = alpha.auditLog().mark();
    var hub = TestFleet.in(namespace);
    var proxies = new ProxyFleet(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      var rules = role(alpha).getRules();
      rules.forEach(rule -> rule.getVerbs().remove("watch"));
      enrol(hub, alpha, rules);
      proxies.assign("alpha", entry("one", "r1"));
      proxies.awaitWritten(alpha, "alpha", "Other/one r1");
      // Until it is given up.
      within(Duration.ofSeconds(20))
          .until(() -> refusedWatches(alpha.auditLog().since(begin)) >= 3);

      for (var revision : List.of("r2", "r3", "r4")) {
        proxies.assign("alpha", entry("one", revision));
        proxies.awaitWritten(alpha, "alpha", "Other/one " + revision);
        proxies.agentSucceeds(alpha, "alpha");
        within(Duration.ofSeconds(5))
            .untilAsserted(() -> {
              assertThat(proxies.sync("alpha", "one").revision()).isEqualTo(revision);
              assertThat(proxies.sync("alpha", "one").state()).isEqualTo(SyncState.SUCCEEDED);
            });
      }
      proxies.awaitReady("alpha");
      assertThat(proxies.condition("alpha", "Connected").getStatus()).isEqualTo("True");
    }
  }

  private static void secret(TestFleet hub, String password) {
    hub.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: git}
        stringData: {username: reader, password: "%s"}
        """
            .formatted(password));
  }

  private static void enrol(TestFleet hub, WorkloadCluster cluster, List<PolicyRule> rules) {
    cluster
        .client()
        .resource(
            new ClusterRoleBuilder()
                .withNewMetadata()
                .withName(USER)
                .endMetadata()
                .withRules(rules)
                .build())
        .create();
    cluster
        .client()
        .resource(
            new ClusterRoleBindingBuilder()
                .withNewMetadata()
                .withName(USER)
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", USER)
                .addNewSubject()
                .withApiGroup("rbac.authorization.k8s.io")
                .withKind("User")
                .withName(USER)
                .endSubject()
                .build())
        .create();
    hub.cluster("alpha", Map.of());
    hub.kubeconfig("alpha", cluster.kubeconfigFor(USER, List.of("system:authenticated")));
    hub.initialise("alpha");
  }

  private static ClusterRole role(WorkloadCluster cluster) {
    cluster.apply(Path.of("deploy", "agent"));
    return cluster.client().rbac().clusterRoles().withName("tranche-hub").get();
  }

  private static List<String> secrets(WorkloadCluster cluster, TestNamespace namespace) {
    return cluster.client().secrets().inNamespace(namespace.name()).list().getItems().stream()
        .map(secret -> secret.getMetadata().getName())
        .toList();
  }

  private static long refusedWatches(List<AuditEvent> events) {
    return events.stream()
        .filter(event -> event.user().equals(USER))
        .filter(event -> event.verb().equals("watch"))
        .filter(event -> event.code() == HttpURLConnection.HTTP_FORBIDDEN)
        .count();
  }
}
