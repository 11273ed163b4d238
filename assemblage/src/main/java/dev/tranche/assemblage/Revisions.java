package dev.tranche.assemblage;

import dev.tranche.crd.v1alpha1.Sync;

/** The word that stands for the content of a sync. */
public final class Revisions {
  private Revisions() {}

  /**
   * A word of sixteen hexadecimal digits that is equal for syncs that mean the same, however they
   * are written, and different for others.
   *
   * @param sync with its bindings replaced; its defaults need not be filled in
   */
  public static String of(Sync sync) {
    return Names.hexDigest(Json.canonical(SyncDefaults.fill(sync)), 16);
  }

  /**
   * The same for a sync that an Assemblage applies, which never is what the control plane applies
   * itself: to be delivered in another way is to be assigned something else.
   */
  public static String ofProxied(Sync sync) {
    return Names.hexDigest("Proxy" + Json.canonical(SyncDefaults.fill(sync)), 16);
  }
}
