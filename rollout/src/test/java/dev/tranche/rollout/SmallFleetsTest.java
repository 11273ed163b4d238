package dev.tranche.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.rollout.FailurePolicy.Action;
import dev.tranche.rollout.Observation.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every state that small fleets can get into, and from each of them a way to completion.
 *
 * <p>The control plane has no memory but what is recorded, and each of its steps is a move of its
 * own: that it can be killed between any two of them is in here everywhere. Instants are either now
 * or long ago, which makes the states finite.
 */
class SmallFleetsTest {
  private static final Instant NOW = Instant.parse("2026-01-05T12:00:00Z");
  private static final Instant LONG_AGO = NOW.minus(Duration.ofHours(3));
  private static final Gate SOAK = new Gate.Soak(Duration.ofHours(1));
  private static final Reason REPORTED = new Reason("Reported", "reported");

  /**
   * A cluster. What it reports of something that it is not assigned any more counts as no report.
   */
  private record Small(boolean away, @Nullable String assigned, Outcome outcome, boolean longAgo) {
    Small assign(String revision) {
      return new Small(away, revision, Outcome.UPDATING, false);
    }

    Small report(Outcome reported) {
      return new Small(away, assigned, reported, longAgo);
    }

    Small later() {
      return new Small(away, assigned, outcome, outcome == Outcome.UPDATING);
    }
  }

  private record Node(
      List<Small> clusters,
      String target,
      boolean suspended,
      @Nullable String stable,
      @Nullable RolloutProgress progress) {
    Node with(int c, Small cluster) {
      var changed = new ArrayList<>(clusters);
      changed.set(c, cluster);
      return new Node(List.copyOf(changed), target, suspended, stable, progress);
    }

    boolean complete() {
      return progress != null
          && progress.revision().equals(target)
          && progress.completedAt() != null
          && target.equals(stable)
          && clusters.stream()
              .filter(c -> !c.away())
              .allMatch(c -> target.equals(c.assigned()) && c.outcome() == Outcome.SUCCEEDED);
    }
  }

  /** What can happen in an exploration. */
  record Alphabet(int clusters, boolean away, boolean people, boolean fails, boolean time) {}

  record Case(String name, Alphabet alphabet, RolloutPolicy policy) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() {
    var cases = new ArrayList<Case>();
    for (var action : Action.values()) {
      cases.add(
          new Case(
              "two clusters that fail and vanish, " + action,
              new Alphabet(2, true, false, true, false),
              policy(action, 0, List.of(), Joining.STABLE)));
      cases.add(
          new Case(
              "three clusters that fail, " + action,
              new Alphabet(3, false, false, true, false),
              policy(action, 0, List.of(), Joining.STABLE)));
    }
    cases.add(
        new Case(
            "one cluster, everything",
            new Alphabet(1, true, true, true, true),
            policy(Action.ROLLBACK_ALL, 0, List.of(SOAK), Joining.STABLE)));
    cases.add(
        new Case(
            "two clusters that hang",
            new Alphabet(2, false, true, false, true),
            policy(Action.ROLLBACK_FAILED, 0, List.of(), Joining.STABLE)));
    cases.add(
        new Case(
            "two clusters, a soak",
            new Alphabet(2, false, false, true, true),
            policy(Action.HALT, 0, List.of(SOAK), Joining.TARGET)));
    cases.add(
        new Case(
            "three clusters that vanish",
            new Alphabet(3, true, false, false, false),
            policy(Action.HALT, 0, List.of(), Joining.WAIT)));
    cases.add(
        new Case(
            "three clusters, one may fail",
            new Alphabet(3, false, false, true, false),
            policy(Action.ROLLBACK_ALL, 1, List.of(), Joining.STABLE)));
    return cases.stream();
  }

  private static RolloutPolicy policy(
      Action action, int maxFailed, List<Gate> gates, Joining joining) {
    var canary =
        new Stage("canary", labels -> labels.containsKey("canary"), null, null, gates, null, null);
    var rest = new Stage("rest", _ -> true, null, null, List.of(), null, null);
    return new RolloutPolicy(
        new Strategy.Staged(List.of(canary, rest), Strategy.Unmatched.LAST_STAGE),
        new Share.Count(1),
        new Order.ByName(),
        joining,
        new FailurePolicy(new Share.Count(maxFailed), Duration.ofHours(1), action),
        List.of());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyStateIsSafeAndLeadsToCompletion(Case small) {
    var random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
    var nodes = new LinkedHashMap<Node, Integer>();
    var ways = new ArrayList<List<Integer>>();
    var queue = new ArrayDeque<Node>();
    var start =
        new Node(
            Stream.generate(() -> new Small(false, null, Outcome.UPDATING, false))
                .limit(small.alphabet().clusters())
                .toList(),
            "v1",
            false,
            null,
            null);
    nodes.put(start, 0);
    queue.add(start);
    while (!queue.isEmpty()) {
      var node = queue.remove();
      int number = Objects.requireNonNull(nodes.get(node));
      var good = new ArrayList<Node>();
      var bad = new ArrayList<Node>();
      moves(small, node, good, bad, random);
      for (var next : Stream.concat(good.stream(), bad.stream()).toList()) {
        if (nodes.putIfAbsent(next, nodes.size()) == null) {
          queue.add(next);
        }
      }
      while (ways.size() < nodes.size()) {
        ways.add(new ArrayList<>());
      }
      for (var next : good) {
        ways.get(Objects.requireNonNull(nodes.get(next))).add(number);
      }
    }
    assertThat(nodes.keySet().stream().filter(Node::complete)).isNotEmpty();
    assertThat(stuck(nodes, ways)).isEmpty();
  }

  /** States from which no good moves lead to completion. */
  private static List<Node> stuck(Map<Node, Integer> nodes, List<List<Integer>> ways) {
    var leads = new boolean[nodes.size()];
    var queue = new ArrayDeque<Integer>();
    nodes.forEach((node, number) -> {
      if (node.complete()) {
        leads[number] = true;
        queue.add(number);
      }
    });
    while (!queue.isEmpty()) {
      for (int before : ways.get(queue.remove())) {
        if (!leads[before]) {
          leads[before] = true;
          queue.add(before);
        }
      }
    }
    return nodes.entrySet().stream()
        .filter(e -> !leads[e.getValue()])
        .map(Map.Entry::getKey)
        .limit(3)
        .toList();
  }

  /** Good ones are those of clusters that succeed, of time, and of people who let things go on. */
  private static void moves(
      Case small, Node node, List<Node> good, List<Node> bad, RandomGenerator random) {
    controlPlane(small, node, good, random);
    if (small.alphabet().time()) {
      good.add(later(node));
    }
    if (node.suspended()) {
      good.add(suspended(node, false));
    }
    var progress = node.progress();
    if (progress != null && progress.decision() != null) {
      good.add(
          new Node(
              node.clusters(),
              node.target(),
              node.suspended(),
              node.stable(),
              remembered(small, progress, "before")));
    }
    for (int c = 0; c < node.clusters().size(); c++) {
      var cluster = node.clusters().get(c);
      if (cluster.assigned() != null && cluster.outcome() != Outcome.SUCCEEDED) {
        good.add(node.with(c, cluster.report(Outcome.SUCCEEDED)));
      }
      if (cluster.away()) {
        good.add(node.with(c, away(cluster, false)));
      } else if (small.alphabet().away()) {
        bad.add(node.with(c, away(cluster, true)));
      }
      if (small.alphabet().fails() && cluster.assigned() != null) {
        bad.add(node.with(c, cluster.report(Outcome.FAILED)));
      }
    }
    if (small.alphabet().people() && !node.suspended()) {
      bad.add(suspended(node, true));
    }
    bad.add(
        new Node(
            node.clusters(),
            node.target().equals("v1") ? "v2" : "v1",
            node.suspended(),
            node.stable(),
            node.progress()));
  }

  private static void controlPlane(Case small, Node node, List<Node> good, RandomGenerator random) {
    var state = state(small, node);
    var plan = RolloutPlanner.plan(state);
    try {
      Invariants.check(RolloutPlanner::plan, state, plan, random);
    } catch (Violation e) {
      throw new Violation(e.getMessage() + "\nin " + node, e);
    }
    if (!plan.progress().equals(node.progress())
        || !Objects.equals(plan.stableRevision(), node.stable())) {
      good.add(
          new Node(
              node.clusters(),
              node.target(),
              node.suspended(),
              plan.stableRevision(),
              remembered(small, plan.progress(), "now")));
      return;
    }
    for (int c = 0; c < node.clusters().size(); c++) {
      var assign = plan.clusters().get(c).assign();
      if (assign != null) {
        good.add(node.with(c, node.clusters().get(c).assign(assign)));
      }
    }
  }

  private static RolloutState state(Case small, Node node) {
    var facts = new ArrayList<ClusterFacts>();
    for (int c = 0; c < node.clusters().size(); c++) {
      var cluster = node.clusters().get(c);
      facts.add(
          new ClusterFacts(
              "c" + c,
              c == 0 ? Map.of("canary", "") : Map.of(),
              cluster.away() ? new Standing.Unreachable(REPORTED) : new Standing.Participating(),
              null,
              null,
              new Target.Revision(node.target()),
              node.stable() == null ? null : new Target.Revision(node.stable()),
              cluster.assigned(),
              false,
              cluster.assigned() == null
                  ? null
                  : new Observation(cluster.assigned(), cluster.outcome(), REPORTED),
              cluster.longAgo() ? LONG_AGO : NOW));
    }
    return new RolloutState(
        NOW,
        node.suspended(),
        node.target(),
        node.stable(),
        small.policy(),
        facts,
        node.progress(),
        "now",
        Set.of(),
        Map.of());
  }

  private static Small away(Small cluster, boolean away) {
    return new Small(away, cluster.assigned(), cluster.outcome(), cluster.longAgo());
  }

  private static Node suspended(Node node, boolean suspended) {
    return new Node(node.clusters(), node.target(), suspended, node.stable(), node.progress());
  }

  /** What is now becomes long ago. */
  private static Node later(Node node) {
    return new Node(
        node.clusters().stream().map(Small::later).toList(),
        node.target(),
        node.suspended(),
        node.stable(),
        node.progress() == null ? null : soaked(node.progress()));
  }

  private static RolloutProgress soaked(RolloutProgress p) {
    var stages = new HashMap<>(p.stages());
    stages.replaceAll((_, s) -> stage(s, later(s.succeededAt()), later(s.gateSince())));
    return new RolloutProgress(p.revision(), p.startedAt(), p.completedAt(), stages, p.decision());
  }

  /** Without what makes no difference: words, and instants that nothing is counted from. */
  private static RolloutProgress remembered(Case small, RolloutProgress p, String attempt) {
    var stages = new HashMap<>(p.stages());
    stages.replaceAll((_, s) ->
        s.passed() || !small.alphabet().time()
            ? stage(s, later(s.succeededAt()), later(s.gateSince()))
            : stage(s, s.succeededAt(), s.gateSince()));
    var decision = p.decision();
    return new RolloutProgress(
        p.revision(),
        LONG_AGO,
        later(p.completedAt()),
        stages,
        decision == null
            ? null
            : new RolloutProgress.Decision(
                decision.action(),
                new Reason(decision.reason().code(), "too many"),
                LONG_AGO,
                later(decision.settledAt()),
                attempt.equals("now") ? decision.attempt() : attempt,
                decision.stages()));
  }

  private static RolloutProgress.StageProgress stage(
      RolloutProgress.StageProgress s, @Nullable Instant succeededAt, @Nullable Instant gateSince) {
    return new RolloutProgress.StageProgress(
        later(s.startedAt()),
        succeededAt,
        s.gatesPassed(),
        gateSince,
        later(s.passedAt()),
        s.sampled());
  }

  private static @Nullable Instant later(@Nullable Instant instant) {
    return instant == null ? null : LONG_AGO;
  }
}
