package dev.tranche.rollout;

import java.util.List;

/** In which steps a target is reached. */
public sealed interface Strategy {
  /** All clusters at once, without a budget. */
  record Replace() implements Strategy {}

  /** One stage that has all clusters. */
  record Incremental() implements Strategy {}

  /**
   * Stage by stage.
   *
   * @param stages at least one, each with a name of its own, else an IllegalArgumentException is
   *     thrown; a cluster belongs to the first that takes it
   * @param unmatched what happens to clusters that no stage takes
   */
  record Staged(List<Stage> stages, Unmatched unmatched) implements Strategy {
    public Staged {
      stages = List.copyOf(stages);
      if (stages.isEmpty()) {
        throw new IllegalArgumentException("no stages");
      }
      if (stages.stream().map(Stage::name).distinct().count() < stages.size()) {
        throw new IllegalArgumentException("two stages have one name");
      }
    }
  }

  /** What happens to clusters that no stage takes. */
  enum Unmatched {
    /** They follow as a stage of their own, {@code unmatched}, after all others. */
    LAST_STAGE,
    /** They stay as they are. */
    IGNORE,
    /** The rollout waits until there are none. */
    REJECT
  }
}
