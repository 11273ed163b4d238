package dev.tranche.controlplane.module;

import org.jspecify.annotations.Nullable;

/** What is to become of a sync marker. */
sealed interface MarkerDecision {
  /** It is where it should be, or there is none. */
  record Stay() implements MarkerDecision {}

  /** It is to be moved, and only from where it was seen; null is nowhere. */
  record Move(@Nullable String from, String to) implements MarkerDecision {}

  /** It is from before anything was recorded, and counts. */
  record Adopt(String found) implements MarkerDecision {}

  /** Somebody else moved it; it is left alone. */
  record MovedByOther(String found) implements MarkerDecision {}

  /**
   * Decides.
   *
   * @param recorded where it was moved to last, by what the status says; null before the first time
   * @param stored where it is now; null where there is none
   * @param wanted what was applied everywhere; null where that is not known
   */
  static MarkerDecision of(
      @Nullable String recorded, @Nullable String stored, @Nullable String wanted) {
    var goal = wanted != null ? wanted : recorded;
    if (goal == null) {
      return stored == null ? new Stay() : new Adopt(stored);
    }
    if (stored == null) {
      return new Move(null, goal);
    }
    if (stored.equals(goal)) {
      return new Stay();
    }
    return recorded == null || stored.equals(recorded)
        ? new Move(stored, goal)
        : new MovedByOther(stored);
  }
}
