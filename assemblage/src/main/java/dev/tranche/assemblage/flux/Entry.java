package dev.tranche.assemblage.flux;

import dev.tranche.assemblage.ExpandedSync;
import dev.tranche.assemblage.binding.SubstituteSecret;
import dev.tranche.crd.v1alpha1.SyncState;
import org.jspecify.annotations.Nullable;

/** What an entry of an assemblage has become. */
public sealed interface Entry {

  /**
   * Flux objects.
   *
   * @param variant tells contents apart that one generation of the assemblage may have at different
   *     times
   * @param secret what the applier takes variables or values from and is to be made before it; null
   *     where that is not needed, or not up to the reconciler
   */
  record Expanded(ExpandedSync sync, String variant, @Nullable SubstituteSecret secret)
      implements Entry {}

  /**
   * Nothing for now; what was applied before stays.
   *
   * @param state and the rest are what is reported
   */
  record Unresolved(SyncState state, String reason, String message) implements Entry {}
}
