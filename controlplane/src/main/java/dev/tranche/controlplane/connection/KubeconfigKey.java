package dev.tranche.controlplane.connection;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.crd.v1alpha1.KubeconfigRef;

/**
 * Where a kubeconfig is kept.
 *
 * @param key the key within the Secret
 */
public record KubeconfigKey(ObjectKey secret, String key) {
  /** What an assemblage of this namespace refers to. */
  public static KubeconfigKey of(String namespace, KubeconfigRef reference) {
    return new KubeconfigKey(new ObjectKey(namespace, reference.name()), reference.keyOrDefault());
  }

  @Override
  public String toString() {
    return secret + "#" + key;
  }
}
