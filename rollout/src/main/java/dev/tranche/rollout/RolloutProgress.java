package dev.tranche.rollout;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What has to be remembered of a rollout, and has to be recorded before what follows from it is
 * carried out.
 *
 * @param revision the target revision that it brings
 * @param startedAt when it began
 * @param completedAt when every cluster that can take part had succeeded; null before
 * @param stages what is remembered of each stage, by its name
 * @param decision what was decided because of failures; null while nothing was
 */
public record RolloutProgress(
    String revision,
    Instant startedAt,
    @Nullable Instant completedAt,
    Map<String, StageProgress> stages,
    @Nullable Decision decision) {
  public RolloutProgress {
    stages = Map.copyOf(stages);
  }

  /**
   * What has to be remembered of a stage.
   *
   * @param startedAt when its turn came; null before
   * @param succeededAt since when all its clusters have succeeded; null while they have not
   * @param gatesPassed how many of its gates hold, from the first on
   * @param gateSince when the gate that it waits at came up; null where it waits at none
   * @param passedAt when it was passed; null before
   * @param sampled the clusters that its sample took
   */
  public record StageProgress(
      @Nullable Instant startedAt,
      @Nullable Instant succeededAt,
      int gatesPassed,
      @Nullable Instant gateSince,
      @Nullable Instant passedAt,
      Set<String> sampled) {
    /** Nothing happened yet. */
    public static final StageProgress NONE = new StageProgress(null, null, 0, null, null, Set.of());

    public StageProgress {
      sampled = Set.copyOf(sampled);
    }

    /** Whether it was passed. */
    public boolean passed() {
      return passedAt != null;
    }
  }

  /**
   * That no further cluster gets the target, and where others go.
   *
   * @param action what is done; never {@link FailurePolicy.Action#CONTINUE}
   * @param reason why
   * @param at when it was decided
   * @param settledAt when everything that goes back had gone back; null before, and for a halt
   * @param attempt the attempt under which it was decided
   * @param stages the stages that go back, for {@link FailurePolicy.Action#ROLLBACK_STAGE}
   */
  public record Decision(
      FailurePolicy.Action action,
      Reason reason,
      Instant at,
      @Nullable Instant settledAt,
      String attempt,
      Set<String> stages) {
    public Decision {
      stages = Set.copyOf(stages);
    }

    /** Whether clusters go back to the stable revision. */
    boolean rollsBack() {
      return action != FailurePolicy.Action.HALT;
    }

    Decision withStages(Set<String> goingBack) {
      return new Decision(action, reason, at, settledAt, attempt, goingBack);
    }

    Decision settled(Instant when) {
      return new Decision(action, reason, at, when, attempt, stages);
    }
  }
}
