package dev.tranche.controlplane.module;

import dev.tranche.crd.v1alpha1.SyncMarker;
import dev.tranche.rollout.Reason;
import org.jspecify.annotations.Nullable;

/**
 * How far a module was applied everywhere, and what is the matter with the marker of that.
 *
 * @param marker null before the first time
 * @param movedByOther that somebody else moved it; null where nobody did
 * @param notKept why it is not kept where it should be; null where it is
 */
record MarkerReport(
    @Nullable SyncMarker marker, @Nullable Reason movedByOther, @Nullable Reason notKept) {
  MarkerReport(@Nullable SyncMarker marker) {
    this(marker, null, null);
  }
}
