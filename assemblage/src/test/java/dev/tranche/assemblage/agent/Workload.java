package dev.tranche.assemblage.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.v1alpha1.Assemblage;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.WorkloadCluster;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;

/**
 * A namespace of a workload cluster that has Flux and what the agent needs, and what people and the
 * control plane do there.
 */
record Workload(WorkloadCluster cluster, String namespace) {
  /** Of the Assemblage of the test, which is the name of its cluster. */
  static final String NAME = "paris";

  /** In the cluster that all tests share. */
  static Workload in(Fleet fleet, TestNamespace namespace) {
    var cluster = fleet.cluster("workload");
    namespace.on(cluster);
    cluster.startFlux();
    cluster.startControllerManager();
    cluster.apply(Path.of("deploy", "agent"));
    return new Workload(cluster, namespace.name());
  }

  KubernetesClient client() {
    return cluster.client();
  }

  /** Applies the Assemblage with these entries as the control plane would. */
  void assign(String... entries) {
    assignAs("tranche-proxy", entries);
  }

  /** Applies entries of the Assemblage as somebody else. */
  void assignAs(String fieldManager, String... entries) {
    // Generic, since our model leaves out an empty list.
    var assemblage =
        client()
            .getKubernetesSerialization()
            .unmarshal(
                """
                apiVersion: fleet.tranche.dev/v1alpha1
                kind: Assemblage
                metadata: {name: %s}
                spec:
                  syncs: [%s]
                """
                    .formatted(NAME, String.join(", ", entries)),
                GenericKubernetesResource.class);
    client()
        .genericKubernetesResources(assemblage.getApiVersion(), assemblage.getKind())
        .inNamespace(namespace)
        .resource(assemblage)
        .fieldManager(fieldManager)
        .forceConflicts()
        .serverSideApply();
  }

  /**
   * Takes out all entries. Nothing is left of the spec where the last one is taken out by
   * server-side apply, so that the API server refuses it.
   */
  void withdrawAll() {
    edit(Assemblage.class, NAME, "{\"spec\":{\"syncs\":[]}}");
  }

  /** Applies manifests as an administrator. */
  void apply(String yaml) {
    for (HasMetadata object :
        client().load(new ByteArrayInputStream(yaml.getBytes(UTF_8))).items()) {
      client()
          .resource(object)
          .inNamespace(namespace)
          .fieldManager("test")
          .forceConflicts()
          .serverSideApply();
    }
  }

  void configMap(String name, String data) {
    apply(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: %s}
        data: %s
        """
            .formatted(name, data));
  }

  Optional<Assemblage> assemblage() {
    return Optional.ofNullable(
        client().resources(Assemblage.class).inNamespace(namespace).withName(NAME).get());
  }

  List<SyncStatus> syncs() {
    return assemblage().orElseThrow().getStatus().syncs();
  }

  SyncStatus sync(String name) {
    return syncs().stream().filter(sync -> sync.name().equals(name)).findFirst().orElseThrow();
  }

  void awaitState(String sync, String revision, SyncState state) {
    eventually()
        .until(
            () -> sync(sync),
            status -> status.state() == state && revision.equals(status.revision()));
  }

  List<Kustomization> kustomizations() {
    return client().resources(Kustomization.class).inNamespace(namespace).list().getItems();
  }

  List<GitRepository> sources() {
    return client().resources(GitRepository.class).inNamespace(namespace).list().getItems();
  }

  Kustomization kustomization(String sync) {
    return kustomizations().stream()
        .filter(kustomization ->
            sync.equals(kustomization.getMetadata().getAnnotations().get("fleet.tranche.dev/sync")))
        .findFirst()
        .orElseThrow();
  }

  /** The data of a ConfigMap; null where there is none. */
  @Nullable Map<String, String> data(String configMap) {
    var found = client().configMaps().inNamespace(namespace).withName(configMap).get();
    return found == null ? null : found.getData();
  }

  /** As {@code kubectl patch --type=merge} does. */
  <T extends HasMetadata> void edit(Class<T> type, String name, String patch) {
    client()
        .resources(type)
        .inNamespace(namespace)
        .withName(name)
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.JSON_MERGE)
                .withFieldManager("kubectl-patch")
                .build(),
            patch);
  }

  static ConditionFactory eventually() {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptions();
  }
}
