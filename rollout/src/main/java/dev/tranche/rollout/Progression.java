package dev.tranche.rollout;

import dev.tranche.rollout.FailurePolicy.Action;
import dev.tranche.rollout.Observation.Outcome;
import dev.tranche.rollout.RolloutProgress.Decision;
import dev.tranche.rollout.RolloutProgress.StageProgress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Moves what is remembered of a rollout on to a moment. */
final class Progression {
  private final RolloutState state;
  private final Layout layout;
  private final Readings readings;
  private final Instant now;
  private final Map<String, StageProgress> stages;
  private final Map<Integer, Waiting> gates = new HashMap<>();
  private @Nullable Decision decision;
  private @Nullable Instant completedAt;

  /**
   * What a stage waits for once all of its clusters have succeeded.
   *
   * @param place of the gate among those of the stage
   * @param until when time alone changes something; null for never
   * @param answer what a check said last; empty where it said nothing
   */
  record Waiting(Gate gate, int place, @Nullable Instant until, String answer) {}

  private Progression(
      RolloutState state, Layout layout, Readings readings, RolloutProgress before) {
    this.state = state;
    this.layout = layout;
    this.readings = readings;
    this.now = state.now();
    this.stages = new HashMap<>();
    layout
        .stages()
        .forEach(stage ->
            stages.put(
                stage.name(), before.stages().getOrDefault(stage.name(), StageProgress.NONE)));
    this.decision = before.decision();
    this.completedAt = before.completedAt();
  }

  /**
   * What a moment made of the progress.
   *
   * @param progress what to remember
   * @param gates what stages wait at, by their places
   */
  record Moved(RolloutProgress progress, Map<Integer, Waiting> gates) {}

  /** What was remembered where it is of this target, a fresh start where it is not. */
  static RolloutProgress remembered(RolloutState state) {
    var progress = state.progress();
    return progress != null && progress.revision().equals(state.targetRevision())
        ? progress
        : new RolloutProgress(state.targetRevision(), state.now(), null, Map.of(), null);
  }

  static Moved move(
      RolloutState state,
      Layout layout,
      Readings readings,
      Membership membership,
      RolloutProgress remembered) {
    var progression = new Progression(state, layout, readings, remembered);
    progression.move(membership);
    return new Moved(
        new RolloutProgress(
            remembered.revision(),
            remembered.startedAt(),
            progression.completedAt,
            progression.stages,
            progression.decision),
        progression.gates);
  }

  private void move(Membership membership) {
    for (int s = 0; s < layout.stages().size(); s++) {
      var sampled = membership.sampled(s);
      update(s, p -> withSampled(p, sampled));
    }
    if (decision != null && !decision.attempt().equals(state.attempt())) {
      beginAgain(decision);
      decision = null;
    }
    if (completedAt != null && readings.fleet().changing() > 0) {
      completedAt = null;
    }
    decideOnFailures();
    layout.turns().forEach(this::movePast);
    if (decision != null) {
      gates.clear();
      takeBack(decision);
      settle(withFailingStages(decision));
    } else if (completedAt == null && isComplete()) {
      completedAt = now;
    }
  }

  /** What went back has to pass its gates once more. */
  private void beginAgain(Decision dropped) {
    for (int s = 0; s < layout.stages().size(); s++) {
      boolean wentBack =
          switch (dropped.action()) {
            case HALT, CONTINUE, ROLLBACK_FAILED -> false;
            case ROLLBACK_STAGE -> dropped.stages().contains(layout.stages().get(s).name());
            case ROLLBACK_ALL -> true;
          };
      update(
          s,
          p -> {
            if (wentBack) {
              return withSampled(StageProgress.NONE, p.sampled());
            }
            return p.passed() ? p : atGate(p, p.gatesPassed(), null);
          });
    }
  }

  private void decideOnFailures() {
    var action = state.policy().failure().action();
    int failed = readings.fleet().failed();
    if (completedAt != null || action == Action.CONTINUE) {
      return;
    }
    if (decision == null && failed > readings.failuresAllowed()) {
      var first = readings.first(r -> r.takesPart() && r.onTarget(Outcome.FAILED));
      decide(
          new Reason(
              "ClustersFailed",
              "%s of %s failed, %s may; %s: %s"
                  .formatted(
                      failed,
                      Words.clusters(readings.fleet().takingPart()),
                      readings.failuresAllowed(),
                      state.clusters().get(first).name(),
                      readings.failure(first).message())),
          Set.of());
    }
  }

  /** All stages with a failed cluster go back, also where a check of one led to the decision. */
  private Decision withFailingStages(Decision decided) {
    if (decided.action() != Action.ROLLBACK_STAGE) {
      return decided;
    }
    var failing = new HashSet<>(decided.stages());
    for (int s = 0; s < layout.stages().size(); s++) {
      if (readings.stage(s).failed() > 0) {
        failing.add(layout.stages().get(s).name());
      }
    }
    return decided.withStages(failing);
  }

  /** Rolling back to what is being rolled out leads nowhere either. */
  private void decide(Reason reason, Set<String> failing) {
    var action = state.policy().failure().action();
    boolean back = action != Action.HALT;
    var stable = state.stableRevision();
    decision =
        back && (stable == null || stable.equals(state.targetRevision()))
            ? new Decision(
                Action.HALT,
                ReasonCode.NOTHING_TO_ROLL_BACK_TO.because(
                    reason.message()
                        + "; no other revision was ever rolled out completely, so there is nothing to roll back to"),
                now,
                null,
                state.attempt(),
                Set.of())
            : new Decision(action, reason, now, null, state.attempt(), failing);
  }

  private void movePast(int s) {
    var stage = layout.stages().get(s);
    if (progress(s).passed()) {
      return;
    }
    boolean done = isDone(s);
    if (!done) {
      // Also of a stage that goes on later, or its soak would not know of the break.
      update(s, Progression::notDone);
    }
    if (decision != null
        || readings.refused()
        || readings.fleet().takingPart() == 0
        || !layout.before().get(s).stream().allMatch(b -> progress(b).passed())) {
      return;
    }
    update(s, p -> p.startedAt() != null ? p : started(p, now));
    if (!done) {
      return;
    }
    update(s, p -> p.succeededAt() != null ? p : succeeded(p, now));
    while (progress(s).gatesPassed() < stage.gates().size()) {
      var waiting = waitsAt(s, stage.gates().get(progress(s).gatesPassed()));
      if (waiting != null) {
        gates.put(s, waiting);
        return;
      }
      update(s, p -> atGate(p, p.gatesPassed() + 1, null));
    }
    update(s, p -> passed(p, now));
  }

  /** Clusters that go back will not have been succeeded without a break. */
  private void takeBack(Decision decided) {
    if (!decided.rollsBack()) {
      return;
    }
    for (int s = 0; s < layout.stages().size(); s++) {
      update(s, p -> p.passed() ? p : notDone(p));
    }
  }

  private @Nullable Waiting waitsAt(int s, Gate gate) {
    var name = layout.stages().get(s).name();
    int place = progress(s).gatesPassed();
    update(s, p -> p.gateSince() != null ? p : atGate(p, place, now));
    var since = Objects.requireNonNull(progress(s).gateSince());
    return switch (gate) {
      case Gate.Soak(var duration) -> {
        var end = Words.after(Objects.requireNonNull(progress(s).succeededAt()), duration);
        yield now.isBefore(end) ? new Waiting(gate, place, end, "") : null;
      }
      case Gate.Approval() ->
          state.approvals().contains(new Approval(name, state.targetRevision()))
              ? null
              : new Waiting(gate, place, null, "");
      case Gate.Check(var deadline) -> {
        var answer = state.checks().get(new CheckKey(name, place));
        // An answer from before the gate came up speaks of what ran then.
        if (answer != null && answer.passed() && !answer.at().isBefore(since)) {
          yield null;
        }
        var said = answer == null ? "" : answer.message();
        var end = Words.after(since, deadline);
        if (now.isBefore(end)) {
          yield new Waiting(gate, place, end, said);
        }
        if (state.policy().failure().action() != Action.CONTINUE) {
          decide(
              new Reason(
                  "CheckFailed",
                  "the check of stage %s did not pass within %s%s"
                      .formatted(
                          name, Words.duration(deadline), said.isEmpty() ? "" : ": " + said)),
              Set.of(name));
        }
        yield new Waiting(gate, place, null, said);
      }
    };
  }

  /** Whether nothing is to be expected of a stage's clusters any more, and few enough failed. */
  private boolean isDone(int s) {
    var tally = readings.stage(s);
    return tally.settled() == tally.takingPart()
        && (state.policy().failure().action() == Action.CONTINUE
            || readings.fleet().failed() + tally.unresolved() <= readings.failuresAllowed());
  }

  /** Going on in spite of failures does not make a revision one to go back to. */
  private boolean isComplete() {
    var fleet = readings.fleet();
    if (fleet.takingPart() == 0
        || fleet.settled() < fleet.takingPart()
        || fleet.failed() + fleet.unresolved() > readings.failuresAllowed()) {
      return false;
    }
    return layout.stages().stream().allMatch(stage -> progressOf(stage.name()).passed());
  }

  private void settle(Decision decided) {
    decision = decided;
    if (!decided.rollsBack() || decided.settledAt() != null) {
      return;
    }
    for (int c = 0; c < state.clusters().size(); c++) {
      var reading = readings.of(c);
      boolean under =
          reading.takesPart()
              && reading.on() == Reading.On.STABLE
              && reading.outcome() == Outcome.UPDATING;
      boolean before =
          readings.goesBack(c, decided)
              && state.clusters().get(c).stable() instanceof Target.Revision;
      if (under || before) {
        return;
      }
    }
    decision = decided.settled(now);
  }

  private StageProgress progress(int s) {
    return progressOf(layout.stages().get(s).name());
  }

  private StageProgress progressOf(String stage) {
    return Objects.requireNonNull(stages.get(stage));
  }

  private void update(int s, Function<StageProgress, StageProgress> change) {
    stages.put(layout.stages().get(s).name(), change.apply(progress(s)));
  }

  private static StageProgress withSampled(StageProgress p, Set<String> sampled) {
    return new StageProgress(
        p.startedAt(), p.succeededAt(), p.gatesPassed(), p.gateSince(), p.passedAt(), sampled);
  }

  private static StageProgress started(StageProgress p, Instant at) {
    return new StageProgress(at, null, 0, null, null, p.sampled());
  }

  private static StageProgress notDone(StageProgress p) {
    return new StageProgress(p.startedAt(), null, 0, null, null, p.sampled());
  }

  private static StageProgress succeeded(StageProgress p, Instant at) {
    return new StageProgress(p.startedAt(), at, 0, null, null, p.sampled());
  }

  private static StageProgress atGate(StageProgress p, int gate, @Nullable Instant since) {
    return new StageProgress(p.startedAt(), p.succeededAt(), gate, since, null, p.sampled());
  }

  private static StageProgress passed(StageProgress p, Instant at) {
    return new StageProgress(
        p.startedAt(), p.succeededAt(), p.gatesPassed(), null, at, p.sampled());
  }

  /** What happened between what was remembered and what is to be remembered now. */
  static List<RolloutStep> steps(
      Layout layout, @Nullable RolloutProgress recorded, RolloutProgress now) {
    var steps = new ArrayList<RolloutStep>();
    var before = recorded != null && recorded.revision().equals(now.revision()) ? recorded : null;
    var decision = now.decision();
    var decided = before == null ? null : before.decision();
    boolean triedAgain =
        decided != null && (decision == null || !decision.attempt().equals(decided.attempt()));
    if (before == null) {
      steps.add(
          new RolloutStep(
              RolloutStep.Kind.STARTED,
              recorded != null && recorded.completedAt() == null
                  ? "a new rollout begins, and takes the place of one that had not completed"
                  : "a new rollout begins"));
    } else if (triedAgain) {
      steps.add(new RolloutStep(RolloutStep.Kind.RESUMED, "the rollout is tried again"));
    } else if (before.completedAt() != null && now.completedAt() == null) {
      steps.add(
          new RolloutStep(
              RolloutStep.Kind.RESUMED,
              "clusters that had the revision are to run something else, or came back"));
    }
    for (var stage : layout.stages()) {
      var was =
          before == null
              ? StageProgress.NONE
              : before.stages().getOrDefault(stage.name(), StageProgress.NONE);
      var is = now.stages().getOrDefault(stage.name(), StageProgress.NONE);
      if (was.startedAt() == null && is.startedAt() != null) {
        steps.add(
            new RolloutStep(
                RolloutStep.Kind.STAGE_BEGUN,
                "stage %s begins".formatted(stage.name()),
                stage.name()));
      }
      if (!was.passed() && is.passed()) {
        steps.add(
            new RolloutStep(
                RolloutStep.Kind.STAGE_PASSED,
                "stage %s was passed".formatted(stage.name()),
                stage.name()));
      }
    }
    // Of another try it is told again, also where it fails at once.
    decided = triedAgain ? null : decided;
    if (decision != null && decided == null) {
      steps.add(
          new RolloutStep(
              decision.rollsBack() ? RolloutStep.Kind.ROLLING_BACK : RolloutStep.Kind.HALTED,
              decision.reason().message()));
    }
    if (decision != null
        && decision.settledAt() != null
        && (decided == null || decided.settledAt() == null)) {
      steps.add(new RolloutStep(RolloutStep.Kind.ROLLED_BACK, decision.reason().message()));
    }
    if (now.completedAt() != null && (before == null || before.completedAt() == null)) {
      steps.add(new RolloutStep(RolloutStep.Kind.COMPLETED, "the rollout completed"));
    }
    return steps;
  }
}
