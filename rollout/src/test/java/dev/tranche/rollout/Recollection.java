package dev.tranche.rollout;

import static dev.tranche.rollout.Violation.unless;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What must hold across plans, remembered by somebody who never restarts. */
final class Recollection {
  private final Map<String, Instant> goodSince = new HashMap<>();
  private @Nullable String revision;
  private @Nullable String stoppedAttempt;

  /** A plan was recorded, or something of it was carried out. */
  void takesEffect(RolloutState state, RolloutPlan plan) {
    var view = new Outside(state, plan.progress());
    if (!state.targetRevision().equals(revision)) {
      revision = state.targetRevision();
      stoppedAttempt = null;
      goodSince.clear();
    }
    if (stoppedAttempt != null && !stoppedAttempt.equals(state.attempt())) {
      stoppedAttempt = null;
    }
    if (stoppedAttempt != null) {
      for (int c = 0; c < view.size(); c++) {
        Invariants.nobodyGetsTheTarget(view, plan, c);
      }
    }
    if (plan.progress().decision() != null) {
      stoppedAttempt = state.attempt();
    }
    for (int s = 0; s < view.stages.size(); s++) {
      soaked(view, plan, s);
    }
  }

  private void soaked(Outside view, RolloutPlan plan, int s) {
    var stage = view.stages.get(s);
    int failed = view.count(c -> view.stageOf[c] == s && view.takesPart(c) && view.failed(c));
    if (!view.settledIn(s) || (!view.tolerant() && failed > view.failuresAllowed())) {
      goodSince.remove(stage.name());
    } else {
      goodSince.putIfAbsent(stage.name(), view.state.now());
    }
    var recorded = view.state.progress();
    int before =
        recorded == null || !recorded.revision().equals(view.state.targetRevision())
            ? 0
            : view.progress(recorded, s).gatesPassed();
    int held = Math.min(view.progress(plan.progress(), s).gatesPassed(), stage.gates().size());
    var since = goodSince.getOrDefault(stage.name(), view.state.now());
    for (int g = before; g < held; g++) {
      switch (stage.gates().get(g)) {
        case Gate.Soak(var duration) ->
            unless(
                !view.state.now().isBefore(since.plus(duration)),
                2,
                "stage %s soaked until %s, and was good since %s only",
                stage.name(),
                view.state.now(),
                since);
        case Gate.Check(_) -> {
          var answer = view.state.checks().get(new CheckKey(stage.name(), g));
          unless(
              answer == null || !answer.at().isBefore(since),
              2,
              "the check of stage %s speaks of another time",
              stage.name());
        }
        case Gate.Approval() -> {}
      }
    }
  }
}
