package dev.tranche.rollout;

import org.jspecify.annotations.Nullable;

/**
 * Something that happened to a rollout as a whole.
 *
 * @param kind what
 * @param message a sentence for people
 * @param stage where it happened; null where it is about the whole rollout
 */
public record RolloutStep(Kind kind, String message, @Nullable String stage) {
  /** A step of the whole rollout. */
  RolloutStep(Kind kind, String message) {
    this(kind, message, null);
  }

  /** What can happen to a rollout. */
  public enum Kind {
    STARTED("RolloutStarted"),
    RESUMED("RolloutResumed"),
    STAGE_BEGUN("StageBegun"),
    STAGE_PASSED("StagePassed"),
    HALTED("RolloutHalted"),
    ROLLING_BACK("RollingBack"),
    ROLLED_BACK("RolledBack"),
    COMPLETED("RolloutCompleted");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    /** The word as it is written in an event. */
    public String word() {
      return word;
    }
  }
}
