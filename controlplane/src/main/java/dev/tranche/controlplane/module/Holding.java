package dev.tranche.controlplane.module;

import dev.tranche.controlplane.assignment.AssemblageView;
import dev.tranche.controlplane.assignment.Place;
import dev.tranche.controlplane.assignment.Wish;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a module in an assemblage.
 *
 * @param status what is reported of it; null where nothing is
 */
record Holding(AssemblageView assemblage, AssignedSync entry, @Nullable SyncStatus status) {

  /** The reason of an entry that the cluster which it is meant for has not looked at yet. */
  private static final String NOT_SEEN = "NotSeenYet";

  /** Null where the assemblage has no such entry. */
  static @Nullable Holding of(@Nullable AssemblageView assemblage, SyncKey key) {
    var entry = assemblage == null ? null : assemblage.entry(key);
    return assemblage == null || entry == null
        ? null
        : new Holding(assemblage, entry, assemblage.status(key));
  }

  Place place() {
    return assemblage.place();
  }

  /** Whether it is marked so that its going removes nothing. */
  boolean leaving() {
    return entry.deletionPolicy() == DeletionPolicy.ORPHAN;
  }

  /** Whether it can go without anything being removed. */
  boolean canBeLetGo() {
    return Wish.isOrphaned(assemblage, entry.key());
  }

  /** Whether its going removes what it applied, by the account of whoever expands it as it is. */
  boolean isUnmarked() {
    return assemblage.observed()
        && status != null
        && status.deletionPolicy() != DeletionPolicy.ORPHAN
        && !NOT_SEEN.equals(status.reason());
  }

  /**
   * Whether its status is from when it was about to leave. Since then, the other delivery may have
   * changed what runs.
   */
  boolean outlived() {
    return !leaving() && status != null && status.deletionPolicy() == DeletionPolicy.ORPHAN;
  }

  /** Whether what it says runs, healthy. */
  boolean succeeded() {
    return status != null
        && !outlived()
        && entry.revision().equals(status.revision())
        && status.state() == SyncState.SUCCEEDED;
  }

  static AssignedSync with(AssignedSync sync, @Nullable DeletionPolicy policy) {
    return new AssignedSync(
        sync.origin(),
        sync.name(),
        sync.revision(),
        sync.source(),
        sync.syncPackage(),
        sync.bindings(),
        policy);
  }
}
