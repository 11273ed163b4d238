package dev.tranche.controlplane.enrol;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.net.URI;
import java.util.Base64;
import java.util.Map;

/**
 * A cluster as it shall be enrolled, and the objects that say so.
 *
 * @param server where its API server is
 */
record Enrolment(
    String namespace, String name, Map<String, String> labels, String kubeconfig, URI server) {
  static final String CLUSTER_API = "cluster.x-k8s.io/v1beta2";
  static final String SECRET_TYPE = "cluster.x-k8s.io/secret";
  private static final int HTTPS = 443;

  static String secretName(String cluster) {
    return cluster + "-kubeconfig";
  }

  /** The Cluster; an endpoint is the least that Cluster API wants to know of one. */
  GenericKubernetesResource cluster() {
    var host = server.getHost().replaceAll("[\\[\\]]", "");
    var port = server.getPort() < 0 ? HTTPS : server.getPort();
    return resource(
        new ObjectMetaBuilder().withNamespace(namespace).withName(name).withLabels(labels).build(),
        "spec",
        Map.of("controlPlaneEndpoint", Map.of("host", host, "port", port)));
  }

  /** The part of the Cluster's status that Cluster API sets for the clusters that it makes. */
  GenericKubernetesResource initialized() {
    return resource(
        new ObjectMetaBuilder().withNamespace(namespace).withName(name).build(),
        "status",
        Map.of("initialization", Map.of("controlPlaneInitialized", true)));
  }

  /** The Secret with the kubeconfig, which goes when its Cluster goes. */
  Secret secret(String clusterUid) {
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(secretName(name))
        .withLabels(Map.of("cluster.x-k8s.io/cluster-name", name))
        .addNewOwnerReference()
        .withApiVersion(CLUSTER_API)
        .withKind("Cluster")
        .withName(name)
        .withUid(clusterUid)
        .endOwnerReference()
        .endMetadata()
        .withType(SECRET_TYPE)
        .withData(Map.of("value", Base64.getEncoder().encodeToString(kubeconfig.getBytes(UTF_8))))
        .build();
  }

  private static GenericKubernetesResource resource(
      ObjectMeta metadata, String part, Map<String, ?> content) {
    return new GenericKubernetesResourceBuilder()
        .withApiVersion(CLUSTER_API)
        .withKind("Cluster")
        .withMetadata(metadata)
        .addToAdditionalProperties(part, content)
        .build();
  }
}
