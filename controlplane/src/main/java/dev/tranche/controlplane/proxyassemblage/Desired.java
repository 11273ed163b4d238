package dev.tranche.controlplane.proxyassemblage;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.crd.v1alpha1.Assemblage;
import dev.tranche.crd.v1alpha1.SyncKey;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is to become of a cluster. */
sealed interface Desired {
  /** Nothing is to be changed there. */
  record Untouched() implements Desired {}

  /**
   * It is to have this.
   *
   * @param assemblage as it is to be written, none of its fields left to defaults
   * @param formerNamespace where it stood before, if that was elsewhere
   * @param secrets the Secrets of the hub that its entries need, with what tells their content
   *     apart
   */
  record Kept(
      Assemblage assemblage,
      @Nullable String formerNamespace,
      Map<String, HubSecrets.State> secrets,
      Map<String, Set<SyncKey>> neededBy)
      implements Desired {}

  /**
   * Nothing of ours is to be left there.
   *
   * @param places where it may stand
   */
  record Gone(Set<ObjectKey> places) implements Desired {}
}
