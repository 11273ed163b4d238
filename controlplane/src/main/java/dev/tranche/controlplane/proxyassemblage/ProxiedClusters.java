package dev.tranche.controlplane.proxyassemblage;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.connection.Connections;
import dev.tranche.controlplane.connection.KubeconfigKey;
import dev.tranche.crd.v1alpha1.ProxyAssemblage;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The clusters' sides of all ProxyAssemblages. */
final class ProxiedClusters implements AutoCloseable {
  private static final String IDENTITY = "kube-system";

  private final KubernetesClient client;
  private final Connections connections;
  private final HubSecrets secrets;
  private final Consumer<ObjectKey> wake;
  private final Map<ObjectKey, ProxiedCluster> clusters = new HashMap<>();
  private @Nullable String hub;

  ProxiedClusters(
      KubernetesClient client,
      Connections connections,
      HubSecrets secrets,
      Consumer<ObjectKey> wake) {
    this.client = client;
    this.connections = connections;
    this.secrets = secrets;
    this.wake = wake;
  }

  /** The cluster's side of a ProxyAssemblage, by the kubeconfig that it names now. */
  synchronized ProxiedCluster of(ProxyAssemblage proxy) {
    var key = ObjectKey.of(proxy);
    var kubeconfig = KubeconfigKey.of(key.namespace(), proxy.getSpec().kubeconfigRef());
    var known = clusters.get(key);
    if (known != null && known.kubeconfig().equals(kubeconfig)) {
      return known;
    }
    if (known != null) {
      known.close();
    }
    var cluster =
        new ProxiedCluster(
            key,
            Ownership.of(hub(), key),
            kubeconfig,
            connections,
            secrets,
            client.getKubernetesSerialization(),
            () -> wake.accept(key));
    clusters.put(key, cluster);
    return cluster;
  }

  synchronized void forget(ObjectKey proxy) {
    var known = clusters.remove(proxy);
    if (known != null) {
      known.close();
    }
  }

  @Override
  public synchronized void close() {
    clusters.values().forEach(ProxiedCluster::close);
    clusters.clear();
  }

  /** What no other hub has, and this one keeps: the uid of a namespace that is always there. */
  private String hub() {
    if (hub == null) {
      var namespace = client.namespaces().withName(IDENTITY).get();
      if (namespace == null) {
        throw new IllegalStateException("the hub has no namespace " + IDENTITY);
      }
      hub = namespace.getMetadata().getUid();
    }
    return hub;
  }
}
