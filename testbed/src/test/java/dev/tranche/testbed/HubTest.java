package dev.tranche.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@FleetTest
final class HubTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path folder;

  @Test
  void clusterApiTakesAnEnrolledClusterAndLetsItGo(Fleet fleet, Hub hub, TestNamespace namespace)
      throws Exception {
    var alpha = fleet.cluster("alpha");
    Manifests.enrol(hub, namespace.name(), alpha);
    apply(
        hub,
        """
        apiVersion: cluster.x-k8s.io/v1beta2
        kind: Cluster
        metadata: {name: alpha, namespace: %s}
        spec:
          controlPlaneEndpoint: {host: 127.0.0.1, port: %d}
        """
            .formatted(namespace.name(), alpha.url().getPort()));
    var cluster = resource(hub, namespace, "cluster.x-k8s.io/v1beta2", "Cluster", "alpha");
    cluster
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            """
            {"status": {"initialization":
                {"infrastructureProvisioned": true, "controlPlaneInitialized": true}}}
            """);
    await()
        .atMost(SOON)
        .untilAsserted(() -> {
          assertThat(cluster.get().getFinalizers()).contains("cluster.cluster.x-k8s.io");
          assertThat(conditionStatus(cluster.get(), "RemoteConnectionProbe")).isEqualTo("True");
        });
    assertThat(cluster.get().<Boolean>get("status", "initialization", "controlPlaneInitialized"))
        .isTrue();
    cluster.delete();
    await().atMost(SOON).until(() -> cluster.get() == null);
  }

  @Test
  void collectsWhatHasLostAnOwnerOfAKindThatCameLater(Hub hub, TestNamespace namespace)
      throws Exception {
    apply(hub, ownerCrd());
    apply(
        hub,
        """
        apiVersion: testbed.example.com/v1
        kind: Owner
        metadata: {name: owner, namespace: %s}
        """
            .formatted(namespace.name()));
    var owner = resource(hub, namespace, "testbed.example.com/v1", "Owner", "owner");
    var owned =
        hub.client()
            .resource(
                new ConfigMapBuilder()
                    .withNewMetadata()
                    .withName("owned")
                    .withNamespace(namespace.name())
                    .addNewOwnerReference()
                    .withApiVersion("testbed.example.com/v1")
                    .withKind("Owner")
                    .withName("owner")
                    .withUid(owner.get().getMetadata().getUid())
                    .endOwnerReference()
                    .endMetadata()
                    .build());
    owned.create();
    owner.delete();
    await().atMost(Duration.ofSeconds(20)).until(() -> owned.get() == null);
  }

  @Test
  void emptiesDeletedNamespaces(Hub hub) {
    var name = "deleted-at-once";
    hub.client()
        .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
        .create();
    hub.client().namespaces().withName(name).delete();
    await().atMost(SOON).until(() -> hub.client().namespaces().withName(name).get() == null);
  }

  @Test
  void givesEachTestANamespaceThatEndsWithIt(Hub hub) {
    try (var one = TestNamespace.create(hub, "one-of-two");
        var two = TestNamespace.create(hub, "two-of-two")) {
      for (var namespace : List.of(one, two)) {
        hub.client()
            .resource(
                new ConfigMapBuilder()
                    .withNewMetadata()
                    .withName("same")
                    .withNamespace(namespace.name())
                    .endMetadata()
                    .build())
            .create();
      }
    }
    await()
        .atMost(SOON)
        .until(() ->
            hub.client().namespaces().withName("one-of-two").get() == null
                && hub.client().namespaces().withName("two-of-two").get() == null);
  }

  private void apply(Hub hub, String manifests) throws Exception {
    hub.apply(Files.writeString(folder.resolve("manifests.yaml"), manifests));
  }

  private static Resource<GenericKubernetesResource> resource(
      Hub hub, TestNamespace namespace, String apiVersion, String kind, String name) {
    return hub.client()
        .genericKubernetesResources(apiVersion, kind)
        .inNamespace(namespace.name())
        .withName(name);
  }

  private static String conditionStatus(GenericKubernetesResource object, String type) {
    @Nullable List<Map<String, Object>> conditions = object.get("status", "conditions");
    return Stream.ofNullable(conditions)
        .flatMap(List::stream)
        .filter(condition -> type.equals(condition.get("type")))
        .map(condition -> String.valueOf(condition.get("status")))
        .findFirst()
        .orElse("absent");
  }

  private static String ownerCrd() {
    return """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: owners.testbed.example.com}
    spec:
      group: testbed.example.com
      scope: Namespaced
      names: {kind: Owner, listKind: OwnerList, plural: owners, singular: owner}
      versions:
      - name: v1
        served: true
        storage: true
        schema: {openAPIV3Schema: {type: object}}
    """;
  }
}
