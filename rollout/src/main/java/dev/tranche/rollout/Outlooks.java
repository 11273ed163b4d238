package dev.tranche.rollout;

import dev.tranche.rollout.Outlook.Phase;
import dev.tranche.rollout.RolloutProgress.StageProgress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Says where a rollout stands. */
final class Outlooks {
  private Outlooks() {}

  static Outlook of(
      RolloutState state,
      Layout layout,
      Readings readings,
      Progression.Moved moved,
      List<ClusterPlan> clusters,
      boolean outsideWindow) {
    var progress = moved.progress();
    var decision = progress.decision();
    if (!layout.circle().isEmpty()) {
      return new Outlook(Phase.STAGE_CIRCLE, circle(layout));
    }
    if (readings.refused()) {
      return new Outlook(
          Phase.UNMATCHED_CLUSTERS,
          "no stage selects %s; add it to a stage, or set unmatched to LastStage or Ignore"
              .formatted(
                  state.clusters().get(readings.first(r -> r.stage() == Layout.NONE)).name()));
    }
    if (state.suspended() && progress.completedAt() == null) {
      return new Outlook(Phase.SUSPENDED, "suspended");
    }
    if (decision != null) {
      var phase =
          decision.rollsBack()
              ? decision.settledAt() == null ? Phase.ROLLING_BACK : Phase.ROLLED_BACK
              : decision.reason().code().equals(ReasonCode.NOTHING_TO_ROLL_BACK_TO.word())
                  ? Phase.NOTHING_TO_ROLL_BACK_TO
                  : Phase.HALTED;
      return new Outlook(phase, decision.reason().message());
    }
    if (progress.completedAt() != null) {
      return new Outlook(Phase.COMPLETED, "");
    }
    if (readings.fleet().takingPart() == 0) {
      return new Outlook(Phase.NO_CLUSTERS, "no cluster can take part");
    }
    return underway(layout, readings, moved, clusters, outsideWindow);
  }

  private static Outlook underway(
      Layout layout,
      Readings readings,
      Progression.Moved moved,
      List<ClusterPlan> clusters,
      boolean outsideWindow) {
    var sentences = new ArrayList<String>();
    boolean moving = false;
    for (int s : layout.turns()) {
      var progress = progress(layout, moved, s);
      var tally = readings.stage(s);
      boolean settled = tally.settled() == tally.takingPart();
      if (progress.startedAt() == null || (progress.passed() && settled)) {
        continue;
      }
      moving |= !moved.gates().containsKey(s);
      sentences.add(
          "stage %s: %s"
              .formatted(layout.stages().get(s).name(), stage(layout, readings, moved, s)));
    }
    if (sentences.isEmpty()) {
      var fleet = readings.fleet();
      sentences.add(
          "every stage was passed, but %d of %s failed, %d may"
              .formatted(
                  fleet.failed() + fleet.unresolved(),
                  Words.clusters(fleet.takingPart()),
                  readings.failuresAllowed()));
    }
    var message = String.join("; ", sentences);
    if (moving || moved.gates().isEmpty()) {
      boolean still =
          outsideWindow
              && readings.fleet().progressing() == 0
              && clusters.stream().noneMatch(cluster -> cluster.assign() != null);
      if (!still) {
        return new Outlook(Phase.ROLLING_OUT, message);
      }
      return new Outlook(
          Phase.OUTSIDE_WINDOW,
          clusters.stream()
              .filter(c -> c.reason().code().equals(ReasonCode.OUTSIDE_WINDOW.word()))
              .map(c -> c.reason().message())
              .findFirst()
              .orElse(message));
    }
    var first =
        layout.turns().stream()
            .map(moved.gates()::get)
            .filter(Objects::nonNull)
            .findFirst()
            .orElseThrow();
    return new Outlook(
        switch (first.gate()) {
          case Gate.Soak(_) -> Phase.SOAKING;
          case Gate.Approval() -> Phase.AWAITING_APPROVAL;
          case Gate.Check(_) -> Phase.AWAITING_CHECK;
        },
        message);
  }

  /** What a stage that was not passed waits for. */
  static String stage(Layout layout, Readings readings, Progression.Moved moved, int stage) {
    var gate = moved.gates().get(stage);
    if (gate != null) {
      return switch (gate.gate()) {
        case Gate.Soak(_) -> "soaks until " + gate.until();
        case Gate.Approval() -> "waits for an approval";
        case Gate.Check(_) ->
            (gate.until() == null
                    ? "its check did not pass in time"
                    : "waits until %s for its check".formatted(gate.until()))
                + (gate.answer().isEmpty() ? "" : ": " + gate.answer());
      };
    }
    var tally = readings.stage(stage);
    var sentence =
        "%d of %s succeeded".formatted(tally.succeeded(), Words.clusters(tally.takingPart()));
    if (tally.progressing() > 0) {
      sentence += ", %d in progress".formatted(tally.progressing());
    }
    int failed = tally.failed() + tally.unresolved();
    return failed > 0 ? sentence + ", %d failed".formatted(failed) : sentence;
  }

  static String circle(Layout layout) {
    return "the stages wait for each other: "
        + String.join(" after ", layout.circle())
        + "; take one of them out of after";
  }

  private static StageProgress progress(Layout layout, Progression.Moved moved, int stage) {
    return Objects.requireNonNull(moved.progress().stages().get(layout.stages().get(stage).name()));
  }
}
