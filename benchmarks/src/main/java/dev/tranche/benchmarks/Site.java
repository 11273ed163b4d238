package dev.tranche.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tranche.crd.clusterapi.v1beta2.Cluster;
import dev.tranche.crd.v1alpha1.BootstrapModule;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.testbed.Hub;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A namespace of the hub with clusters that are ready to take modules. */
record Site(Hub hub, String namespace, int clusters) {
  private static final int WORKERS = 16;
  private static final String INITIALIZED =
      "{\"status\":{\"initialization\":{\"controlPlaneInitialized\":true}}}";

  /** Makes the namespace and the clusters. */
  static Site create(Hub hub, String namespace, int clusters) {
    var site = new Site(hub, namespace, clusters);
    hub.client()
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
        .create();
    Workers.forEach(WORKERS, IntStream.range(0, clusters).boxed().toList(), site::enrol);
    return site;
  }

  private void enrol(int number) {
    var name = "cluster-%04d".formatted(number);
    var cluster =
        Serialization.unmarshal(
            """
            apiVersion: cluster.x-k8s.io/v1beta2
            kind: Cluster
            metadata: {name: %s, namespace: %s, labels: {env: prod, region: europe, %s: %s}}
            spec: {controlPlaneEndpoint: {host: 127.0.0.1, port: 6443}}
            """
                .formatted(name, namespace, Ring.LABEL, Ring.of(number, clusters).word()),
            Cluster.class);
    client().resource(cluster).create();
    client()
        .resources(Cluster.class)
        .inNamespace(namespace)
        .withName(name)
        .subresource("status")
        .patch(new PatchContext.Builder().withPatchType(PatchType.JSON_MERGE).build(), INITIALIZED);
    client()
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name + "-kubeconfig")
                .withLabels(Map.of("cluster.x-k8s.io/cluster-name", name))
                .endMetadata()
                .withType("cluster.x-k8s.io/secret")
                .withStringData(Map.of("value", hub.kubeconfigYaml()))
                .build())
        .create();
  }

  /** Declares modules for all clusters, all at once. */
  void declare(List<? extends FleetModule> modules) {
    Workers.forEach(
        modules.size(),
        modules,
        module -> client().resource(module).forceConflicts().serverSideApply());
  }

  /** Deletes a module and waits until nothing is left of it. */
  void withdraw(FleetModule module) {
    client().resource(module).delete();
    Wait.until(
        module.getMetadata().getName() + " is withdrawn",
        () -> client().resource(module).get() == null && assemblages().isEmpty());
  }

  void awaitReady(List<? extends FleetModule> modules) {
    modules.forEach(module ->
        Wait.until(
            module.getMetadata().getName() + " is ready",
            () -> isReady(client().resource(module).get())));
  }

  List<RemoteAssemblage> assemblages() {
    return client().resources(RemoteAssemblage.class).inNamespace(namespace).list().getItems();
  }

  KubernetesClient client() {
    return hub.client();
  }

  List<Module> modules(int count, String version) {
    return IntStream.range(0, count)
        .mapToObj(i -> Serialization.unmarshal(manifest("Module", i, version), Module.class))
        .toList();
  }

  BootstrapModule bootstrapModule(String version) {
    return Serialization.unmarshal(manifest("BootstrapModule", 0, version), BootstrapModule.class);
  }

  private String manifest(String kind, int number, String version) {
    return """
    apiVersion: fleet.tranche.dev/v1alpha1
    kind: %1$s
    metadata: {name: module-%2$02d, namespace: %3$s}
    spec:
      selector: {matchLabels: {env: prod}}
      sync:
        source: {git: {url: "https://git.example.com/platform/module-%2$02d.git", version: {revision: "%4$s"}}}
        package: {kustomize: {path: ./deploy, substitute: {CLUSTER: $(CLUSTER_NAME)}}}
    """
        .formatted(kind, number, namespace, commit(version));
  }

  /** There is no git server here, so that versions are commits, which nobody asks for. */
  private static String commit(String version) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-1").digest(version.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  static boolean isReady(@Nullable FleetModule module) {
    if (module == null || module.getStatus() == null) {
      return false;
    }
    return module.getStatus().conditions().stream()
        .anyMatch(condition ->
            condition.getType().equals("Ready")
                && condition.getStatus().equals("True")
                && Objects.equals(
                    condition.getObservedGeneration(), module.getMetadata().getGeneration()));
  }
}
