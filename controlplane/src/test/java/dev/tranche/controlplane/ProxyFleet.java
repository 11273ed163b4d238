package dev.tranche.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.clusterapi.v1beta2.Cluster;
import dev.tranche.crd.v1alpha1.Assemblage;
import dev.tranche.crd.v1alpha1.ProxyAssemblage;
import dev.tranche.crd.v1alpha1.SyncStatus;
import dev.tranche.testbed.ApiServer;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** ProxyAssemblages of one namespace, and the agents of their clusters, whom the test plays. */
record ProxyFleet(TestFleet hub) {
  private static final String CRD = "deploy/crds/assemblages.fleet.tranche.dev.yaml";

  /** Enrols a cluster that knows Assemblages. */
  void enrol(String name, ApiServer cluster) {
    prepare(cluster);
    hub.enrol(name, cluster, Map.of());
  }

  void prepare(ApiServer cluster) {
    cluster.apply(Path.of(CRD));
    cluster
        .client()
        .resource(
            new NamespaceBuilder()
                .withNewMetadata()
                .withName(hub.namespace())
                .endMetadata()
                .build())
        .serverSideApply();
  }

  /** An entry as a manifest has it. */
  static String entry(String name, String revision) {
    return entry(name, revision, "");
  }

  static String entry(String name, String revision, String source) {
    return """
    {origin: Other, name: %s, revision: "%s", source: {git: {url: "https://git.example.com/%s.git", version: {tag: v1.0.0}%s}}}\
    """
        .formatted(name, revision, name, source);
  }

  /** Writes the ProxyAssemblage of an enrolled cluster, as modules do. */
  void assign(String cluster, String... entries) {
    var owner =
        hub.client().resources(Cluster.class).inNamespace(hub.namespace()).withName(cluster).get();
    hub.apply(
        """
        apiVersion: fleet.tranche.dev/v1alpha1
        kind: ProxyAssemblage
        metadata:
          name: %s
          ownerReferences:
          - {apiVersion: cluster.x-k8s.io/v1beta2, kind: Cluster, name: %s, uid: %s, controller: true}
        spec:
          kubeconfigRef: {name: %s-kubeconfig}
          assemblage: {syncs: [%s]}
        """
            .formatted(
                cluster,
                cluster,
                owner.getMetadata().getUid(),
                cluster,
                String.join(", ", entries)));
  }

  ProxyAssemblage proxy(String name) {
    return hub.client()
        .resources(ProxyAssemblage.class)
        .inNamespace(hub.namespace())
        .withName(name)
        .get();
  }

  Condition condition(String name, String type) {
    return proxy(name).getStatus().conditions().stream()
        .filter(condition -> condition.getType().equals(type))
        .findFirst()
        .orElseThrow();
  }

  SyncStatus sync(String proxy, String name) {
    return proxy(proxy).getStatus().syncs().stream()
        .filter(sync -> sync.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  Assemblage assemblage(ApiServer cluster, String name) {
    return assemblage(cluster, hub.namespace(), name);
  }

  static Assemblage assemblage(ApiServer cluster, String namespace, String name) {
    return cluster.client().resources(Assemblage.class).inNamespace(namespace).withName(name).get();
  }

  static List<String> entries(Assemblage assemblage) {
    return assemblage.getSpec().syncs().stream()
        .map(sync -> sync.origin() + "/" + sync.name() + " " + sync.revision())
        .toList();
  }

  /** What the agent would say once every entry is applied and healthy. */
  void agentSucceeds(ApiServer cluster, String name) {
    agentSucceeds(cluster, hub.namespace(), name);
  }

  void agentSucceeds(ApiServer cluster, String namespace, String name) {
    var assemblage = assemblage(cluster, namespace, name);
    agentReports(
        cluster,
        assemblage,
        assemblage.getSpec().syncs().stream()
            .map(sync -> report(sync.origin(), sync.name(), sync.revision(), "Succeeded"))
            .toArray(String[]::new));
  }

  static String report(String origin, String name, String revision, String state) {
    return """
    {"origin":"%s","name":"%s","revision":"%s","state":"%s","reason":"%s","message":"says the agent","lastTransitionTime":"2026-01-01T00:00:00Z","appliedRevision":"v1@sha1:%s"}\
    """
        .formatted(origin, name, revision, state, state, "0".repeat(40));
  }

  static void agentReports(ApiServer cluster, Assemblage assemblage, String... syncs) {
    cluster
        .client()
        .resource(assemblage)
        .subresource("status")
        .patch(
            new PatchContext.Builder().withPatchType(PatchType.JSON_MERGE).build(),
            "{\"status\":{\"observedGeneration\":%d,\"syncs\":[%s]}}"
                .formatted(
                    assemblage.getMetadata().getGeneration(),
                    Arrays.stream(syncs).collect(Collectors.joining(","))));
  }

  void awaitWritten(ApiServer cluster, String name, String... entries) {
    within(Duration.ofSeconds(20))
        .untilAsserted(() ->
            assertThat(entries(assemblage(cluster, name))).containsExactlyInAnyOrder(entries));
  }

  /** Returns once the first entry of an Assemblage has this tag. */
  void awaitTag(ApiServer cluster, String name, String tag) {
    within(Duration.ofSeconds(20))
        .until(() ->
            assemblage(cluster, name).getSpec().syncs().getFirst().source().version().equals(tag));
  }

  void awaitReady(String name) {
    within(Duration.ofSeconds(20))
        .untilAsserted(() ->
            assertThat(proxy(name))
                .as("%s", proxy(name).getStatus())
                .matches(proxy ->
                    Objects.equals(
                            proxy.getStatus().observedGeneration(),
                            proxy.getMetadata().getGeneration())
                        && condition(name, "Ready").getStatus().equals("True")));
  }

  void awaitConnected(String name, String status, Duration atMost) {
    within(atMost)
        .untilAsserted(() ->
            assertThat(condition(name, "Connected"))
                .as("%s", proxy(name).getStatus())
                .matches(connected -> connected.getStatus().equals(status)));
  }

  Optional<String> annotation(Assemblage assemblage, String name) {
    return Optional.ofNullable(assemblage.getMetadata().getAnnotations())
        .map(annotations -> annotations.get(name));
  }

  static ConditionFactory within(Duration atMost) {
    return Awaitility.await().atMost(atMost).pollInterval(Duration.ofMillis(50)).ignoreExceptions();
  }
}
