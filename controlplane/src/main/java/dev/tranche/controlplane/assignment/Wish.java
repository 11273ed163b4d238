package dev.tranche.controlplane.assignment;

import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.SyncKey;
import org.jspecify.annotations.Nullable;

/**
 * What is wanted of one entry of an assemblage. It is worked out on the very version of the
 * assemblage that is written over.
 */
public sealed interface Wish {

  /**
   * The entry shall be this one.
   *
   * @param secret made before the entry is; null where it needs none
   */
  record Assign(AssignedSync sync, SubstituteSecrets.@Nullable Needed secret) implements Wish {}

  /** The entry shall be this one if there still is an entry. */
  record Replace(AssignedSync sync) implements Wish {}

  /** There shall be no entry. */
  record Withdraw() implements Wish {}

  /**
   * There shall be no entry, provided that its going removes nothing from the cluster and that
   * whoever expands it has said so.
   */
  record LetGo() implements Wish {}

  /**
   * The entry as it shall be.
   *
   * @param assemblage as it is now; null where there is none
   * @return null for no entry
   */
  default @Nullable AssignedSync on(@Nullable AssemblageView assemblage, SyncKey key) {
    var entry = assemblage == null ? null : assemblage.entry(key);
    return switch (this) {
      case Assign(AssignedSync sync, var _) -> sync;
      case Replace(AssignedSync sync) -> entry == null ? null : sync;
      case Withdraw() -> null;
      case LetGo() ->
          entry == null || (assemblage != null && isOrphaned(assemblage, key)) ? null : entry;
    };
  }

  /**
   * Whether an entry is marked so that its going removes nothing, and whoever expands it has taken
   * note.
   */
  static boolean isOrphaned(AssemblageView assemblage, SyncKey key) {
    var entry = assemblage.entry(key);
    var status = assemblage.status(key);
    return entry != null
        && entry.deletionPolicy() == DeletionPolicy.ORPHAN
        && status != null
        && status.deletionPolicy() == DeletionPolicy.ORPHAN
        && assemblage.observed();
  }
}
