package dev.tranche.controlplane.module;

import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.rollout.Reason;
import org.jspecify.annotations.Nullable;

/** Where the sync markers of modules are kept beside their status. */
interface MarkerKeeper {
  /** Where that is for this module, for people; null where it is nowhere but the status. */
  @Nullable String place(FleetModule module);

  /** Where the marker is. */
  Reading read(FleetModule module);

  /** Moves it, at once or soon. */
  Outcome move(FleetModule module, MarkerDecision.Move move);

  /** Takes the marker of a module away that is gone, unless somebody else moved it. */
  void remove(FleetModule module, String recorded);

  /** What is known of a marker. */
  sealed interface Reading {
    /** It is there, or not: null. */
    record Stored(@Nullable String revision) implements Reading {}

    /** It is being read; null where nothing is the matter so far. */
    record Pending(@Nullable Reason trouble) implements Reading {}

    /** It cannot be kept there. */
    record Refused(Reason reason) implements Reading {}
  }

  /** What became of a move. */
  sealed interface Outcome {
    record Done() implements Outcome {}

    /** It is underway, or is tried again; null where nothing is the matter so far. */
    record Underway(@Nullable Reason trouble) implements Outcome {}

    /** Somebody else was faster. */
    record MovedByOther(@Nullable String found) implements Outcome {}
  }
}
