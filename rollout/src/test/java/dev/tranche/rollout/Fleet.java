package dev.tranche.rollout;

import dev.tranche.rollout.FailurePolicy.Action;
import dev.tranche.rollout.Observation.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A fleet for tests that read like a story: at first all run {@code v0}, and want {@code v1}. */
final class Fleet {
  final World world;

  Strategy strategy = new Strategy.Incremental();
  Share maxUnready = new Share.Count(100);
  Order order = new Order.ByName();
  Joining joining = Joining.STABLE;
  Share maxFailed = new Share.Count(0);
  Duration deadline = Duration.ofMinutes(10);
  Action action = Action.HALT;
  List<Window> windows = List.of();

  private Fleet() {
    world = new World(policy());
  }

  static Fleet of(String... names) {
    var fleet = new Fleet();
    fleet.world.stable = "v0";
    for (var name : names) {
      fleet.joins(name, Map.of());
      fleet.runs(name, "v0");
    }
    return fleet;
  }

  private RolloutPolicy policy() {
    return new RolloutPolicy(
        strategy,
        maxUnready,
        order,
        joining,
        new FailurePolicy(maxFailed, deadline, action),
        windows);
  }

  World.Cluster cluster(String name) {
    return Objects.requireNonNull(world.clusters.get(name));
  }

  Fleet joins(String name, Map<String, String> labels) {
    world.clusters.put(name, new World.Cluster(labels));
    return this;
  }

  Fleet labels(String name, String... pairs) {
    var labels = new TreeMap<String, String>();
    for (int i = 0; i < pairs.length; i += 2) {
      labels.put(pairs[i], pairs[i + 1]);
    }
    cluster(name).labels = labels;
    return this;
  }

  /** It was assigned this some time ago, and runs it. */
  Fleet runs(String name, String revision) {
    var cluster = cluster(name);
    cluster.assigned = Outside.word(cluster.content(revision));
    cluster.since = world.now;
    cluster.report(world.now, Outcome.SUCCEEDED);
    return this;
  }

  Fleet succeed(String... names) {
    for (var name : names) {
      cluster(name).report(world.now, Outcome.SUCCEEDED);
    }
    return this;
  }

  Fleet fail(String... names) {
    for (var name : names) {
      cluster(name).report(world.now, Outcome.FAILED);
    }
    return this;
  }

  Fleet later(Duration duration) {
    world.now = world.now.plus(duration);
    return this;
  }

  Fleet retry() {
    world.attempt += "+";
    return this;
  }

  /** Stages one after the other, each of the clusters that have its name in a label. */
  Fleet staged(Stage... stages) {
    strategy = new Strategy.Staged(List.of(stages), Strategy.Unmatched.LAST_STAGE);
    return this;
  }

  static Stage stage(String name, Gate... gates) {
    return new Stage(name, labelled(name), null, null, List.of(gates), null, null);
  }

  static Stage after(String name, String... after) {
    return new Stage(name, labelled(name), null, null, List.of(), null, Arrays.asList(after));
  }

  static Selector labelled(String stage) {
    return labels -> stage.equals(labels.get("stage"));
  }

  RolloutPlan plan() {
    world.policy = policy();
    return RolloutPlanner.plan(world.read());
  }

  /** Plans, records and carries out. */
  RolloutPlan step() {
    var plan = plan();
    world.record(plan);
    for (var cluster : plan.clusters()) {
      if (cluster.assign() != null) {
        world.assign(cluster.cluster(), cluster.assign());
      }
    }
    return plan;
  }

  /** What a plan assigns, such as {@code a=v1}, in the order of the clusters. */
  static List<String> assignments(RolloutPlan plan) {
    var assignments = new ArrayList<String>();
    for (var cluster : plan.clusters()) {
      if (cluster.assign() != null) {
        assignments.add(
            cluster.cluster() + "=" + cluster.assign().substring(0, cluster.assign().indexOf('-')));
      }
    }
    return assignments;
  }

  /** As {@link #assignments}, recorded and carried out. */
  List<String> assigned() {
    return assignments(step());
  }

  static ClusterPlan of(RolloutPlan plan, String name) {
    return plan.clusters().stream().filter(c -> c.cluster().equals(name)).findFirst().orElseThrow();
  }

  /** The state of a cluster and the reason, such as {@code Held Pinned: …}. */
  static String why(RolloutPlan plan, String name) {
    var cluster = of(plan, name);
    return "%s %s: %s"
        .formatted(cluster.state().word(), cluster.reason().code(), cluster.reason().message());
  }

  String why(String name) {
    return why(plan(), name);
  }

  static List<String> steps(RolloutPlan plan) {
    return plan.steps().stream().map(s -> s.kind().word() + ": " + s.message()).toList();
  }

  static StagePlan.State stage(RolloutPlan plan, String name) {
    return plan.stages().stream()
        .filter(s -> s.name().equals(name))
        .findFirst()
        .orElseThrow()
        .state();
  }

  static RolloutProgress.Decision decision(RolloutPlan plan) {
    return Objects.requireNonNull(plan.progress().decision());
  }

  /** What is recorded. */
  RolloutProgress progress() {
    return Objects.requireNonNull(world.progress);
  }

  static RolloutProgress.StageProgress progress(RolloutProgress progress, String stage) {
    return Objects.requireNonNull(progress.stages().get(stage));
  }

  /** Everything there is succeeds, until there is nothing left to do but to wait. */
  RolloutPlan untilItRests() {
    for (int i = 0; i < 100; i++) {
      var plan = step();
      boolean rests = true;
      for (var cluster : world.clusters.values()) {
        if (cluster.assigned != null
            && !cluster.ready()
            && cluster.standing instanceof Standing.Participating) {
          cluster.report(world.now, Outcome.SUCCEEDED);
          rests = false;
        }
      }
      if (rests && plan.equals(plan())) {
        return plan;
      }
    }
    throw new AssertionError("never rests");
  }

  Fleet answer(String stage, int gate, boolean passed, String message) {
    world.checks.put(new CheckKey(stage, gate), new CheckAnswer(passed, world.now, message));
    return this;
  }

  Fleet approve(String stage, @Nullable String revision) {
    world.approvals.add(new Approval(stage, Objects.requireNonNullElse(revision, world.target)));
    return this;
  }
}
