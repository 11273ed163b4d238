package dev.tranche.rollout;

import dev.tranche.rollout.FailurePolicy.Action;
import dev.tranche.rollout.Observation.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Planners that are broken on purpose, each in one way that somebody could break the real one. */
enum BrokenPlanners {
  LETS_ONE_MORE_BE_UNREADY {
    @Override
    RolloutPlan plan(RolloutState s) {
      return real(States.withPolicy(s, States.budget(s.policy(), BrokenPlanners::oneMore)));
    }
  },
  KNOWS_NO_BUDGET {
    @Override
    RolloutPlan plan(RolloutState s) {
      return real(States.withPolicy(s, States.budget(s.policy(), _ -> new Share.Count(1_000))));
    }
  },
  FORGETS_THE_BUDGET_OF_THE_FLEET {
    @Override
    RolloutPlan plan(RolloutState s) {
      var share = s.policy().maxUnready();
      return real(
          States.withPolicy(
              s,
              States.stages(
                  s.policy(),
                  stage ->
                      new Stage(
                          stage.name(),
                          stage.selector(),
                          stage.sample(),
                          Objects.requireNonNullElse(stage.maxUnready(), share),
                          stage.gates(),
                          stage.ramp(),
                          stage.after()))));
    }
  },
  FORGETS_CLUSTERS_IN_FLIGHT_TO_A_SUPERSEDED_TARGET {
    @Override
    RolloutPlan plan(RolloutState s) {
      return real(
          States.withClusters(
              s,
              c ->
                  c.assigned() == null
                          || Reading.is(c.target(), c.assigned())
                          || Reading.is(c.stable(), c.assigned())
                      ? c
                      : States.observed(c, succeeded(c.assigned()))));
    }
  },
  BELIEVES_A_STALE_SUCCESS {
    @Override
    RolloutPlan plan(RolloutState s) {
      return real(
          States.withClusters(
              s,
              c ->
                  c.assigned() != null
                          && c.observed() != null
                          && c.observed().outcome() == Outcome.SUCCEEDED
                      ? States.observed(c, succeeded(c.assigned()))
                      : c));
    }
  },
  IGNORES_THE_ORDER_OF_STAGES {
    @Override
    RolloutPlan plan(RolloutState s) {
      return real(
          States.withPolicy(
              s,
              States.stages(
                  s.policy(),
                  stage ->
                      new Stage(
                          stage.name(),
                          stage.selector(),
                          stage.sample(),
                          stage.maxUnready(),
                          stage.gates(),
                          stage.ramp(),
                          List.of()))));
    }
  },
  PASSES_A_STAGE_WITH_A_PENDING_CLUSTER {
    @Override
    RolloutPlan plan(RolloutState s) {
      var plan = real(s);
      return plan.progress().decision() != null
          ? plan
          : real(
              States.withProgress(
                  s,
                  progress(
                      plan.progress(),
                      p ->
                          p.startedAt() == null
                              ? p
                              : new RolloutProgress.StageProgress(
                                  p.startedAt(), s.now(), 0, null, s.now(), p.sampled()),
                      null)));
    }
  },
  NEVER_SOAKS {
    @Override
    RolloutPlan plan(RolloutState s) {
      return real(
          States.withPolicy(
              s, gates(s.policy(), g -> g instanceof Gate.Soak ? soak(Duration.ZERO) : g)));
    }
  },
  SOAKS_FOR_EVER {
    @Override
    RolloutPlan plan(RolloutState s) {
      return real(
          States.withPolicy(
              s,
              gates(s.policy(), g -> g instanceof Gate.Soak ? soak(Duration.ofDays(9_999)) : g)));
    }
  },
  TAKES_AN_APPROVAL_OF_ANOTHER_REVISION {
    @Override
    RolloutPlan plan(RolloutState s) {
      return real(
          States.answered(
              s,
              s.approvals().stream()
                  .map(a -> new Approval(a.stage(), s.targetRevision()))
                  .collect(Collectors.toSet()),
              s.checks()));
    }
  },
  TAKES_AN_ANSWER_FROM_BEFORE_THE_GATE {
    @Override
    RolloutPlan plan(RolloutState s) {
      var checks = new HashMap<>(s.checks());
      checks.replaceAll((_, a) -> new CheckAnswer(a.passed(), s.now(), a.message()));
      return real(States.answered(s, s.approvals(), checks));
    }
  },
  ASSIGNS_WHILE_SUSPENDED {
    @Override
    RolloutPlan plan(RolloutState s) {
      return real(States.resumed(s));
    }
  },
  ASSIGNS_TO_CLUSTERS_THAT_ARE_NOT_READY {
    @Override
    RolloutPlan plan(RolloutState s) {
      return real(
          States.withClusters(
              s,
              c ->
                  c.standing() instanceof Standing.NotReady
                      ? States.standing(c, new Standing.Participating())
                      : c));
    }
  },
  IGNORES_PAUSED_CLUSTERS {
    @Override
    RolloutPlan plan(RolloutState s) {
      return real(States.withClusters(s, c -> States.hold(c, null)));
    }
  },
  IGNORES_PINS {
    @Override
    RolloutPlan plan(RolloutState s) {
      return real(States.withClusters(s, c -> States.pin(c, null)));
    }
  },
  NEVER_LETS_A_PIN_END {
    @Override
    RolloutPlan plan(RolloutState s) {
      return real(
          States.withClusters(
              s,
              c ->
                  c.pin() == null
                      ? c
                      : States.pin(c, new Pin(c.pin().revision(), c.pin().reason(), null))));
    }
  },
  WAITS_FOR_UNREACHABLE_CLUSTERS {
    @Override
    RolloutPlan plan(RolloutState s) {
      return unreachableAs(s, c -> c.observed());
    }
  },
  COUNTS_UNREACHABLE_AS_FAILED {
    @Override
    RolloutPlan plan(RolloutState s) {
      return unreachableAs(
          s,
          c ->
              new Observation(
                  Objects.requireNonNullElse(c.assigned(), ""),
                  Outcome.FAILED,
                  new Reason("Unreachable", "unreachable")));
    }
  },
  IGNORES_WINDOWS {
    @Override
    RolloutPlan plan(RolloutState s) {
      var p = s.policy();
      return real(
          States.withPolicy(
              s,
              new RolloutPolicy(
                  p.strategy(), p.maxUnready(), p.order(), p.joining(), p.failure(), List.of())));
    }
  },
  TOLERATES_ONE_FAILURE_MORE {
    @Override
    RolloutPlan plan(RolloutState s) {
      var f = s.policy().failure();
      return real(
          States.withPolicy(
              s,
              States.failure(
                  s.policy(),
                  new FailurePolicy(oneMore(f.maxFailed()), f.progressDeadline(), f.action()))));
    }
  },
  KNOWS_NO_DEADLINE {
    @Override
    RolloutPlan plan(RolloutState s) {
      var f = s.policy().failure();
      return real(
          States.withPolicy(
              s,
              States.failure(
                  s.policy(),
                  new FailurePolicy(f.maxFailed(), Duration.ofDays(9_999), f.action()))));
    }
  },
  FORGETS_ITS_DECISION {
    @Override
    RolloutPlan plan(RolloutState s) {
      var p = s.progress();
      return real(p == null ? s : States.withProgress(s, progress(p, stage -> stage, null)));
    }
  },
  GOES_ON_WITHIN_A_STAGE_AFTER_A_HALT {
    @Override
    RolloutPlan plan(RolloutState s) {
      var plan = real(s);
      if (plan.progress().decision() == null) {
        return plan;
      }
      var f = s.policy().failure();
      var careless =
          States.failure(
              s.policy(), new FailurePolicy(f.maxFailed(), f.progressDeadline(), Action.CONTINUE));
      var going =
          real(
              States.withProgress(
                  States.withPolicy(s, careless), progress(plan.progress(), stage -> stage, null)));
      return States.withClusters(plan, going.clusters());
    }
  },
  ROLLS_BACK_TO_WHAT_IS_NOT_STABLE {
    @Override
    RolloutPlan plan(RolloutState s) {
      return assigning(
          s,
          (facts, assign) ->
              Reading.is(facts.stable(), assign) && facts.assigned() != null ? "v?" : assign);
    }
  },
  CALLS_A_TARGET_STABLE_TOO_EARLY {
    @Override
    RolloutPlan plan(RolloutState s) {
      var p = real(s);
      return new RolloutPlan(
          p.clusters(),
          p.stages(),
          p.progress(),
          s.targetRevision(),
          p.outlook(),
          p.steps(),
          p.checks(),
          p.nextLook());
    }
  },
  ASSIGNS_AGAIN_AND_AGAIN {
    @Override
    RolloutPlan plan(RolloutState s) {
      var real = real(s);
      var clusters = new ArrayList<ClusterPlan>();
      for (int c = 0; c < s.clusters().size(); c++) {
        var plan = real.clusters().get(c);
        clusters.add(
            plan.state() == ClusterState.PROGRESSING
                ? States.assigning(plan, s.clusters().get(c).assigned())
                : plan);
      }
      return States.withClusters(real, clusters);
    }
  },
  LOSES_A_CLUSTER {
    @Override
    RolloutPlan plan(RolloutState s) {
      var plan = real(s);
      return plan.clusters().stream().noneMatch(c -> c.state() == ClusterState.UNREACHABLE)
          ? plan
          : States.withClusters(
              plan,
              plan.clusters().stream().filter(c -> c.state() != ClusterState.UNREACHABLE).toList());
    }
  },
  DOES_NOT_LOOK_AGAIN {
    @Override
    RolloutPlan plan(RolloutState s) {
      var p = real(s);
      return new RolloutPlan(
          p.clusters(),
          p.stages(),
          p.progress(),
          p.stableRevision(),
          p.outlook(),
          p.steps(),
          p.checks(),
          null);
    }
  },
  LETS_CLUSTERS_JOIN_WITH_THE_TARGET {
    @Override
    RolloutPlan plan(RolloutState s) {
      return assigning(
          s, (facts, assign) -> facts.assigned() == null ? Outside.word(facts.target()) : assign);
    }
  },
  LETS_A_CHANGED_VALUE_PAST_THE_BUDGET {
    @Override
    RolloutPlan plan(RolloutState s) {
      var real = real(s);
      var clusters = new ArrayList<ClusterPlan>();
      for (int c = 0; c < s.clusters().size(); c++) {
        var plan = real.clusters().get(c);
        boolean waits = plan.reason().code().equals(ReasonCode.WAITING_FOR_BUDGET.word());
        boolean hadIt = Reading.is(s.clusters().get(c).stable(), s.clusters().get(c).assigned());
        clusters.add(
            waits && !hadIt
                ? States.assigning(plan, Outside.word(s.clusters().get(c).target()))
                : plan);
      }
      return States.withClusters(real, clusters);
    }
  };

  abstract RolloutPlan plan(RolloutState s);

  private static RolloutPlan real(RolloutState state) {
    return RolloutPlanner.plan(state);
  }

  private static Share oneMore(Share share) {
    return switch (share) {
      case Share.Count(int count) -> new Share.Count(count + 1);
      case Share.Percent(int percent) -> new Share.Percent(Math.min(100, percent + 30));
    };
  }

  private static Observation succeeded(String revision) {
    return new Observation(revision, Outcome.SUCCEEDED, new Reason("Healthy", "healthy"));
  }

  private static Gate soak(Duration duration) {
    return new Gate.Soak(duration);
  }

  private static RolloutPolicy gates(RolloutPolicy policy, UnaryOperator<Gate> change) {
    return States.stages(
        policy,
        stage ->
            new Stage(
                stage.name(),
                stage.selector(),
                stage.sample(),
                stage.maxUnready(),
                stage.gates().stream().map(change).toList(),
                stage.ramp(),
                stage.after()));
  }

  private static RolloutProgress progress(
      RolloutProgress p,
      UnaryOperator<RolloutProgress.StageProgress> change,
      RolloutProgress.@Nullable Decision decision) {
    var stages = new HashMap<>(p.stages());
    stages.replaceAll((_, stage) -> change.apply(stage));
    return new RolloutProgress(p.revision(), p.startedAt(), p.completedAt(), stages, decision);
  }

  private interface Change {
    @Nullable String of(ClusterFacts facts, @Nullable String assign);
  }

  private static RolloutPlan assigning(RolloutState s, Change change) {
    var real = real(s);
    var clusters = new ArrayList<ClusterPlan>();
    for (int c = 0; c < s.clusters().size(); c++) {
      var plan = real.clusters().get(c);
      clusters.add(
          plan.assign() == null
              ? plan
              : States.assigning(plan, change.of(s.clusters().get(c), plan.assign())));
    }
    return States.withClusters(real, clusters);
  }

  /** As if they were there, but for what the plan says of them. */
  private static RolloutPlan unreachableAs(
      RolloutState s, Function<ClusterFacts, @Nullable Observation> report) {
    var unreachable =
        s.clusters().stream()
            .filter(c -> c.standing() instanceof Standing.Unreachable)
            .map(ClusterFacts::name)
            .collect(Collectors.toSet());
    var plan =
        real(
            States.withClusters(
                s,
                c ->
                    unreachable.contains(c.name())
                        ? States.observed(
                            States.standing(c, new Standing.Participating()), report.apply(c))
                        : c));
    return States.withClusters(plan, said(s, plan, unreachable));
  }

  private static List<ClusterPlan> said(RolloutState s, RolloutPlan plan, Set<String> unreachable) {
    var truth = real(s);
    var clusters = new ArrayList<ClusterPlan>();
    for (int c = 0; c < plan.clusters().size(); c++) {
      clusters.add(
          unreachable.contains(plan.clusters().get(c).cluster())
              ? truth.clusters().get(c)
              : plan.clusters().get(c));
    }
    return clusters;
  }
}
