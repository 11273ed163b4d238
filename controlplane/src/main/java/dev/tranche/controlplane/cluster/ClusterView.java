package dev.tranche.controlplane.cluster;

import dev.tranche.assemblage.kube.ObjectKey;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One cluster at one moment.
 *
 * @param uid the uid of its Cluster
 * @param apiVersion the version of Cluster API that its Cluster was read in
 * @param deleting whether its Cluster is being deleted, which ends the cluster for us
 * @param paused whether Cluster API says to change nothing there
 * @param initialized whether its control plane is initialised
 * @param targetNamespace where in the cluster its Assemblage is to stand; null for the namespace
 *     that its Cluster has
 * @param unreachable why nobody reaches it; null as long as it is reached or nobody tried
 */
public record ClusterView(
    ObjectKey key,
    String uid,
    String apiVersion,
    Map<String, String> labels,
    boolean deleting,
    boolean paused,
    boolean initialized,
    @Nullable String targetNamespace,
    @Nullable Unreachable unreachable,
    KubeconfigState kubeconfig) {

  /**
   * Why nobody reaches a cluster.
   *
   * @param byUs whether our own connection says so, and not Cluster API
   * @param message a sentence for people
   */
  public record Unreachable(boolean byUs, String message) {}

  /** The name of the Secret with the kubeconfig, as Cluster API names it. */
  public String kubeconfigSecret() {
    return key.name() + "-kubeconfig";
  }
}
