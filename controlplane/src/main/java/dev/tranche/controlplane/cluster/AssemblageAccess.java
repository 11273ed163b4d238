package dev.tranche.controlplane.cluster;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.crd.v1alpha1.KubeconfigRef;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Optional;

/** Whether something may be done in the cluster of an assemblage. */
public final class AssemblageAccess {
  private static final String CLUSTER_GROUP = "cluster.x-k8s.io/";

  private final Clusters clusters;
  private final Kubeconfigs kubeconfigs;

  /** Asks these. */
  public AssemblageAccess(Clusters clusters, Kubeconfigs kubeconfigs) {
    this.clusters = clusters;
    this.kubeconfigs = kubeconfigs;
  }

  /** Whether something may be done, and why not. */
  public sealed interface State {}

  /** It may. */
  public record Open() implements State {}

  /** It may not, as long as something is missing. */
  public record Closed(String reason, String message) implements State {}

  /** It may not, since the kubeconfig is none that is used. */
  public record Refused(String reason, String message) implements State {}

  /** Nothing is to be changed for now. */
  public record Paused(String message) implements State {}

  /** The cluster is being deleted. */
  public record Ending() implements State {}

  /**
   * The assemblage of a cluster is owned by it; one that somebody made without a cluster needs a
   * kubeconfig alone.
   */
  public State of(HasMetadata assemblage, KubeconfigRef reference) {
    var owner = owner(assemblage);
    if (owner.isPresent()) {
      var cluster = clusters.find(owner.get()).orElse(null);
      if (cluster == null) {
        return new Closed(
            "ClusterMissing",
            "there is no Cluster %s any more, or not yet".formatted(owner.get().name()));
      }
      if (cluster.deleting()) {
        return new Ending();
      }
      if (cluster.paused()) {
        return new Paused("its Cluster is paused; nothing is changed there until it is resumed");
      }
      if (!cluster.initialized()) {
        return new Closed(
            "ControlPlaneNotInitialized",
            "Cluster API does not say that the control plane of the cluster is initialised");
      }
    }
    var secret = new ObjectKey(assemblage.getMetadata().getNamespace(), reference.name());
    return switch (kubeconfigs.state(secret, reference.keyOrDefault())) {
      case KubeconfigState.Usable() -> new Open();
      case KubeconfigState.Refused(String reason, String message) ->
          new Refused(reason, "Secret %s: %s".formatted(reference.name(), message));
      case KubeconfigState.Absent() ->
          new Closed(
              "KubeconfigMissing",
              "there is no Secret %s of type %s with a key %s"
                  .formatted(reference.name(), Kubeconfigs.SECRET_TYPE, reference.keyOrDefault()));
    };
  }

  /** The cluster of an assemblage; empty for one that somebody made without. */
  public Optional<ClusterView> clusterOf(HasMetadata assemblage) {
    return owner(assemblage).flatMap(clusters::find);
  }

  /** Whether an assemblage is that of a cluster, be it one that is gone. */
  public boolean isOwnedByCluster(HasMetadata assemblage) {
    return owner(assemblage).isPresent();
  }

  private static Optional<ObjectKey> owner(HasMetadata assemblage) {
    return assemblage.getMetadata().getOwnerReferences().stream()
        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
        .filter(owner ->
            owner.getKind().equals("Cluster") && owner.getApiVersion().startsWith(CLUSTER_GROUP))
        .map(owner -> new ObjectKey(assemblage.getMetadata().getNamespace(), owner.getName()))
        .findFirst();
  }
}
