package dev.tranche.testbed;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@FleetTest
final class ApiServerTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  @Test
  void keepsItsAddressAndItsDataWhenItIsKilled(Fleet fleet, TestNamespace namespace) {
    var cluster = fleet.startCluster("fragile");
    namespace.on(cluster);
    var url = cluster.url();
    create(cluster.client(), namespace.name(), "kept");

    cluster.kill();
    assertThatThrownBy(() -> configMap(cluster.client(), namespace.name(), "kept"))
        .isInstanceOf(KubernetesClientException.class);
    cluster.restart();
    assertThat(cluster.url()).isEqualTo(url);
    assertThat(configMap(cluster.client(), namespace.name(), "kept")).isNotNull();

    cluster.stop();
    cluster.restart();
    assertThat(configMap(cluster.client(), namespace.name(), "kept")).isNotNull();
  }

  @Test
  void answersNothingWhileItHangs(Fleet fleet) {
    var cluster = fleet.startCluster("silent");
    try (var impatient = client(cluster.kubeconfigYaml(), Duration.ofSeconds(1))) {
      assertThat(impatient.namespaces().withName("default").get()).isNotNull();
      cluster.hang();
      assertThatThrownBy(() -> impatient.namespaces().withName("default").get())
          .isInstanceOf(KubernetesClientException.class);
      cluster.resume();
      await()
          .atMost(SOON)
          .ignoreExceptions()
          .until(() -> impatient.namespaces().withName("default").get() != null);
    }
  }

  @Test
  void tellsWhichClustersRun(Fleet fleet) {
    var shared = fleet.cluster("alpha");
    assertThat(fleet.cluster("alpha")).isSameAs(shared);
    assertThat(fleet.clusters(List.of("alpha"))).containsExactly(shared);
    var scope = fleet.scope();
    var own = fleet.startCluster("alpha");
    assertThat(own).isNotSameAs(shared);
    assertThat(fleet.clusters()).contains(shared, own);
    scope.close();
    assertThat(fleet.clusters()).contains(shared).doesNotContain(own);
  }

  @Test
  void trustsNoCertificateOfAnotherCluster(Fleet fleet) {
    var alpha = fleet.cluster("alpha");
    var stranger =
        alpha.kubeconfigYaml().replace(alpha.url().toString(), fleet.hub().url().toString());
    try (var client = client(stranger, SOON)) {
      assertThatThrownBy(() -> client.namespaces().list())
          .isInstanceOf(KubernetesClientException.class);
    }
  }

  @Test
  void letsAUserDoWhatRbacGrants(Hub hub, TestNamespace namespace, @TempDir Path folder)
      throws Exception {
    var account = "system:serviceaccount:%s:reader".formatted(namespace.name());
    var kubeconfig = hub.kubeconfigFor(account, List.of("system:serviceaccounts"));
    try (var client = client(kubeconfig, SOON)) {
      create(hub.client(), namespace.name(), "visible");
      assertThatThrownBy(() -> configMap(client, namespace.name(), "visible"))
          .hasMessageContaining(account)
          .hasMessageContaining("cannot get");
      var rbac = folder.resolve("rbac.yaml");
      Files.writeString(rbac, reader(namespace.name()));
      hub.apply(rbac);
      await()
          .atMost(SOON)
          .ignoreExceptions()
          .until(() -> configMap(client, namespace.name(), "visible") != null);
    }
  }

  @Test
  void countsRequests(Hub hub, TestNamespace namespace) {
    var before = hub.auditLog().mark();
    create(hub.client(), namespace.name(), "one");
    create(hub.client(), namespace.name(), "two");
    configMap(hub.client(), namespace.name(), "one");
    hub.client().configMaps().inNamespace(namespace.name()).withName("two").delete();
    assertThatThrownBy(() -> create(hub.client(), "no-such-namespace", "three"))
        .isInstanceOf(KubernetesClientException.class);

    var events =
        hub.auditLog().since(before).stream()
            .filter(event -> event.resource().equals("configmaps") && event.user().equals("admin"))
            .toList();
    assertThat(events.stream().collect(groupingBy(AuditEvent::verb, counting())))
        .isEqualTo(Map.of("create", 3L, "get", 1L, "delete", 1L));
    assertThat(events.stream().filter(AuditEvent::isWrite)).hasSize(4);
    assertThat(events.stream().filter(event -> event.code() == 404))
        .singleElement()
        .returns("no-such-namespace", AuditEvent::namespace);
    assertThat(hub.auditLog().since(hub.auditLog().mark()))
        .noneMatch(event -> event.namespace().equals(namespace.name()));
  }

  private static String reader(String namespace) {
    return """
    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata: {name: reader, namespace: %1$s}
    rules:
    - {apiGroups: [""], resources: [configmaps], verbs: [get]}
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: RoleBinding
    metadata: {name: reader, namespace: %1$s}
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
    subjects:
    - {kind: ServiceAccount, name: reader, namespace: %1$s}
    """
        .formatted(namespace);
  }

  private static ConfigMap configMap(KubernetesClient client, String namespace, String name) {
    return client.configMaps().inNamespace(namespace).withName(name).get();
  }

  private static void create(KubernetesClient client, String namespace, String name) {
    client
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .endMetadata()
                .build())
        .create();
  }

  private static KubernetesClient client(String kubeconfig, Duration timeout) {
    var config =
        new ConfigBuilder(Config.fromKubeconfig(kubeconfig))
            .withRequestTimeout((int) timeout.toMillis())
            .withRequestRetryBackoffLimit(0)
            .build();
    return new KubernetesClientBuilder().withConfig(config).build();
  }
}
