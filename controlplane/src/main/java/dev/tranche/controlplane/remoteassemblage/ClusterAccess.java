package dev.tranche.controlplane.remoteassemblage;

import dev.tranche.assemblage.flux.Access;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.cluster.Clusters;
import dev.tranche.controlplane.cluster.KubeconfigState;
import dev.tranche.controlplane.cluster.Kubeconfigs;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import java.util.Optional;

/** Whether something may be done in the cluster of an assemblage. */
final class ClusterAccess {
  private static final String CLUSTER_GROUP = "cluster.x-k8s.io/";

  private final Clusters clusters;
  private final Kubeconfigs kubeconfigs;

  ClusterAccess(Clusters clusters, Kubeconfigs kubeconfigs) {
    this.clusters = clusters;
    this.kubeconfigs = kubeconfigs;
  }

  /**
   * The assemblage of a cluster is owned by it; one that somebody made without a cluster needs a
   * kubeconfig alone.
   */
  Access of(RemoteAssemblage assemblage) {
    var owner = clusterOf(assemblage);
    if (owner.isPresent()) {
      var cluster = clusters.find(owner.get()).orElse(null);
      if (cluster == null) {
        return new Access.Closed(
            "ClusterMissing",
            "there is no Cluster %s any more, or not yet".formatted(owner.get().name()));
      }
      if (cluster.deleting()) {
        return new Access.Ending();
      }
      if (cluster.paused()) {
        return new Access.Paused(
            "its Cluster is paused; nothing is changed there until it is resumed");
      }
      if (!cluster.initialized()) {
        return new Access.Closed(
            "ControlPlaneNotInitialized",
            "Cluster API does not say that the control plane of the cluster is initialised");
      }
    }
    var reference = assemblage.getSpec().kubeconfigRef();
    var secret = new ObjectKey(assemblage.getMetadata().getNamespace(), reference.name());
    return switch (kubeconfigs.state(secret, reference.keyOrDefault())) {
      case KubeconfigState.Usable() -> new Access.Open();
      case KubeconfigState.Refused(String reason, String message) ->
          new Access.Refused(reason, "Secret %s: %s".formatted(reference.name(), message));
      case KubeconfigState.Absent() ->
          new Access.Closed(
              "KubeconfigMissing",
              "there is no Secret %s of type %s with a key %s"
                  .formatted(reference.name(), Kubeconfigs.SECRET_TYPE, reference.keyOrDefault()));
    };
  }

  boolean isOwnedByCluster(RemoteAssemblage assemblage) {
    return clusterOf(assemblage).isPresent();
  }

  private static Optional<ObjectKey> clusterOf(RemoteAssemblage assemblage) {
    return assemblage.getMetadata().getOwnerReferences().stream()
        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
        .filter(owner ->
            owner.getKind().equals("Cluster") && owner.getApiVersion().startsWith(CLUSTER_GROUP))
        .map(owner -> new ObjectKey(assemblage.getMetadata().getNamespace(), owner.getName()))
        .findFirst();
  }
}
