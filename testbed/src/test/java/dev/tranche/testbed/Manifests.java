package dev.tranche.testbed;

import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.util.Map;

/** The objects that let Flux on the hub apply a repository to a workload cluster. */
final class Manifests {
  private Manifests() {}

  static String configMap(String name, String namespace, String value) {
    return """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: %s, namespace: %s}
    data: {value: %s}
    """
        .formatted(name, namespace, value);
  }

  static void enrol(Hub hub, String namespace, WorkloadCluster cluster) {
    hub.client()
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName(cluster.name() + "-kubeconfig")
                .withNamespace(namespace)
                // Cluster API's manager sees no Secret without it.
                .addToLabels("cluster.x-k8s.io/cluster-name", cluster.name())
                .endMetadata()
                .withType("cluster.x-k8s.io/secret")
                .withStringData(Map.of("value", cluster.kubeconfigYaml()))
                .build())
        .serverSideApply();
  }

  /** A GitRepository and a Kustomization, both called after the cluster. */
  static String sync(String namespace, String url, String commit, String cluster) {
    return """
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: GitRepository
    metadata: {name: %2$s, namespace: %1$s}
    spec:
      url: %3$s
      interval: 10m
      ref: {branch: main, commit: %4$s}
    ---
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {name: %2$s, namespace: %1$s}
    spec:
      interval: 10m
      retryInterval: 2s
      prune: true
      wait: true
      kubeConfig: {secretRef: {name: %2$s-kubeconfig}}
      sourceRef: {kind: GitRepository, name: %2$s}
      path: ./
    """
        .formatted(namespace, cluster, url, commit);
  }
}
