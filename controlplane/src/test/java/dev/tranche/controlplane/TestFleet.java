package dev.tranche.controlplane;

import dev.tranche.crd.clusterapi.v1beta2.Cluster;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.BootstrapModule;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.ProxyAssemblage;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.testbed.ApiServer;
import dev.tranche.testbed.Hub;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** What a platform engineer does on the hub, in one namespace. */
record TestFleet(Hub hub, String namespace) {
  static TestFleet in(TestNamespace namespace) {
    return new TestFleet(namespace.hub(), namespace.name());
  }

  KubernetesClient client() {
    return hub.client();
  }

  /** Enrols a cluster as {@code scripts/enrol-cluster} does. */
  void enrol(String name, ApiServer cluster, Map<String, String> labels) {
    cluster(name, labels);
    kubeconfig(name, cluster.kubeconfigYaml());
    initialise(name);
  }

  void cluster(String name, Map<String, String> labels) {
    var cluster = new Cluster();
    cluster.getMetadata().setNamespace(namespace);
    cluster.getMetadata().setName(name);
    cluster.getMetadata().setLabels(labels);
    var spec = new dev.tranche.crd.clusterapi.v1beta2.ClusterSpec();
    var endpoint = new dev.tranche.crd.clusterapi.v1beta2.clusterspec.ControlPlaneEndpoint();
    endpoint.setHost("127.0.0.1");
    endpoint.setPort(6443);
    spec.setControlPlaneEndpoint(endpoint);
    cluster.setSpec(spec);
    client().resource(cluster).fieldManager("test").forceConflicts().serverSideApply();
  }

  void kubeconfig(String name, String kubeconfig) {
    client()
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name + "-kubeconfig")
                .withLabels(Map.of("cluster.x-k8s.io/cluster-name", name))
                .endMetadata()
                .withType("cluster.x-k8s.io/secret")
                .withStringData(Map.of("value", kubeconfig))
                .build())
        .fieldManager("test")
        .forceConflicts()
        .serverSideApply();
  }

  void initialise(String name) {
    client()
        .resources(Cluster.class)
        .inNamespace(namespace)
        .withName(name)
        .subresource("status")
        .patch(
            new io.fabric8.kubernetes.client.dsl.base.PatchContext.Builder()
                .withPatchType(io.fabric8.kubernetes.client.dsl.base.PatchType.JSON_MERGE)
                .build(),
            "{\"status\":{\"initialization\":{\"controlPlaneInitialized\":true}}}");
  }

  /** Applies a manifest, in which {@code $namespace} stands for the namespace of the test. */
  void apply(String yaml) {
    for (HasMetadata object :
        client()
            .load(
                new java.io.ByteArrayInputStream(
                    yaml.getBytes(java.nio.charset.StandardCharsets.UTF_8)))
            .items()) {
      client()
          .resource(object)
          .inNamespace(namespace)
          .fieldManager("test")
          .forceConflicts()
          .serverSideApply();
    }
  }

  static String module(String name, String url, String tag, String selector) {
    if (url.equals(AppRepository.url())) {
      AppRepository.commit(tag);
    }
    return """
    apiVersion: fleet.tranche.dev/v1alpha1
    kind: Module
    metadata: {name: %s}
    spec:
      selector: %s
      sync:
        source: {git: {url: "%s", version: {tag: %s}}}
    """
        .formatted(name, selector, url, tag);
  }

  Module module(String name) {
    return client().resources(Module.class).inNamespace(namespace).withName(name).get();
  }

  BootstrapModule bootstrapModule(String name) {
    return client().resources(BootstrapModule.class).inNamespace(namespace).withName(name).get();
  }

  Optional<RemoteAssemblage> assemblage(String name) {
    return Optional.ofNullable(
        client().resources(RemoteAssemblage.class).inNamespace(namespace).withName(name).get());
  }

  Optional<ProxyAssemblage> proxyAssemblage(String name) {
    return Optional.ofNullable(
        client().resources(ProxyAssemblage.class).inNamespace(namespace).withName(name).get());
  }

  /** The entries of a cluster's assemblage. */
  List<AssignedSync> syncs(Delivery delivery, String cluster) {
    return delivery == Delivery.REMOTE
        ? assemblage(cluster).orElseThrow().getSpec().syncs()
        : proxyAssemblage(cluster).orElseThrow().getSpec().assemblage().syncs();
  }

  static Optional<Condition> condition(FleetModule module, String type) {
    return module.getStatus().conditions().stream()
        .filter(c -> c.getType().equals(type))
        .findFirst();
  }

  static boolean isReady(FleetModule module) {
    return condition(module, "Ready")
        .filter(ready -> ready.getStatus().equals("True"))
        .filter(ready -> ready.getObservedGeneration().equals(module.getMetadata().getGeneration()))
        .isPresent();
  }

  void awaitReady(String module) {
    eventually()
        .untilAsserted(() ->
            org.assertj.core.api.Assertions.assertThat(module(module))
                .as("%s", module(module).getStatus())
                .matches(TestFleet::isReady));
  }

  static ConditionFactory eventually() {
    // What is not there yet is often found by an exception, such as that of an empty Optional.
    return Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(100))
        .ignoreExceptions();
  }

  static List<String> none() {
    return List.of();
  }
}
