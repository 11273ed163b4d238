package dev.tranche.rollout;

import static dev.tranche.rollout.Violation.unless;

import dev.tranche.rollout.FailurePolicy.Action;
import dev.tranche.rollout.Observation.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A fleet, people and a control plane that is killed at any moment, in an order that a seed
 * decides. The control plane gathers a state, plans, records progress where it differs and then
 * carries out assignments one by one; anything can happen between any two of these.
 *
 * <p>Reads are stale where they can be: a report of a cluster may be any that it made since it was
 * last assigned something. A write to a cluster that was read stale is refused, since it carries
 * the version that it was computed from, and all is planned again. What the control plane wrote
 * itself it reads as it wrote it: a planner that does not see its own assignments would make others
 * in their place.
 */
final class Simulation {
  private static final int STEPS = 150;
  private static final Reason AWAY = new Reason("Away", "nobody knows");

  private final Planner planner;
  private final boolean recordsFirst;
  private final RandomGenerator random;
  private final Policies policies;
  private final Recollection recollection = new Recollection();
  private final List<Supplier<String>> trace = new ArrayList<>();

  /** Whether nothing becomes unready but by the rollout. */
  private final boolean calm;

  private final World world;
  private int names;
  private @Nullable Underway underway;

  /** A plan that is being carried out. */
  private record Underway(RolloutState state, RolloutPlan plan, int version, List<String> left) {}

  private Simulation(long seed, Planner planner, boolean recordsFirst) {
    this.planner = planner;
    this.recordsFirst = recordsFirst;
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    policies = new Policies(random);
    calm = random.nextInt(3) == 0;
    world = new World(calm ? policies.plain() : policies.any());
  }

  /** Throws a {@link Violation} with the seed and all steps that led to it. */
  static void run(long seed, Planner planner) {
    run(seed, planner, true);
  }

  /**
   * As {@link #run(long, Planner)}.
   *
   * @param recordsFirst whether progress is recorded before what follows from it is carried out
   */
  static void run(long seed, Planner planner, boolean recordsFirst) {
    var simulation = new Simulation(seed, planner, recordsFirst);
    try {
      simulation.run();
    } catch (Violation | RuntimeException e) {
      throw new Violation(
          "seed %d: %s%nrun it alone with -Drollout.seed=%d%n%s"
              .formatted(seed, e.getMessage(), seed, simulation.story()),
          e);
    }
  }

  private void run() {
    note("policy %s, calm %s", world.policy, calm);
    int size = 1 + random.nextInt(8);
    for (int i = 0; i < size; i++) {
      joins();
    }
    if (random.nextBoolean()) {
      startsFromStable();
    }
    int killedAt = random.nextInt(STEPS);
    for (int i = 0; i < STEPS; i++) {
      step();
      if (i == killedAt) {
        killingChangesNothing();
      }
    }
    completes();
  }

  private void startsFromStable() {
    world.stable = "v0";
    world
        .clusters
        .values()
        .forEach(cluster -> {
          cluster.assigned = Outside.word(cluster.content("v0"));
          cluster.report(world.now, Outcome.SUCCEEDED);
          cluster.since = world.now;
        });
    note("all run v0");
  }

  private void step() {
    int kind = random.nextInt(100);
    if (kind < 45) {
      controlPlane();
    } else if (kind < 75) {
      clusterMoves();
    } else if (kind < 83) {
      timePasses();
    } else if (kind < 92) {
      personActs();
    } else if (calm) {
      controlPlane();
    } else {
      troubleComes();
    }
  }

  // The control plane

  private void controlPlane() {
    var current = underway;
    if (current == null) {
      var state = gather(true);
      var plan = checked(state);
      var left = new ArrayList<String>();
      plan.clusters().stream().filter(c -> c.assign() != null).forEach(c -> left.add(c.cluster()));
      note("plans: %s", new Sentence(plan));
      underway = new Underway(state, plan, world.version, left);
      if (world.hasRecorded(plan)) {
        recollection.takesEffect(state, plan);
      }
    } else if (random.nextInt(12) == 0) {
      note("killed");
      underway = null;
    } else if (!world.hasRecorded(current.plan()) && (recordsFirst || current.left().isEmpty())) {
      if (world.version == current.version()) {
        note("records");
        world.record(current.plan());
        recollection.takesEffect(current.state(), current.plan());
        underway = new Underway(current.state(), current.plan(), world.version, current.left());
      } else {
        note("is refused to record");
        underway = null;
      }
    } else if (current.left().isEmpty()) {
      underway = null;
      controlPlane();
    } else {
      carryOut(current);
    }
  }

  private void carryOut(Underway current) {
    var name = current.left().removeFirst();
    var cluster = world.clusters.get(name);
    var planned =
        current.plan().clusters().stream()
            .filter(c -> c.cluster().equals(name))
            .findFirst()
            .orElseThrow();
    var read =
        current.state().clusters().stream()
            .filter(c -> c.name().equals(name))
            .findFirst()
            .orElseThrow();
    if (cluster == null
        || !Objects.equals(cluster.assigned, read.assigned())
        || !Objects.equals(cluster.observed, read.observed())
        || cluster.tampered != read.tampered()) {
      note("%s changed meanwhile", name);
      underway = null;
      return;
    }
    recollection.takesEffect(current.state(), current.plan());
    world.assign(name, Objects.requireNonNull(planned.assign()));
    note("assigns %s to %s", planned.assign(), name);
    if (calm) {
      budgetIsKept(current.plan().progress());
    }
  }

  private RolloutState gather(boolean stale) {
    var facts = new ArrayList<ClusterFacts>();
    world.clusters.forEach((name, cluster) -> {
      var observed = cluster.observed;
      if (stale && random.nextInt(10) == 0 && !cluster.reports.isEmpty()) {
        observed = cluster.reports.get(random.nextInt(cluster.reports.size()));
      }
      facts.add(world.facts(name, observed));
    });
    return world.read(facts);
  }

  private RolloutPlan checked(RolloutState state) {
    var plan = planner.plan(state);
    try {
      Invariants.check(planner, state, plan, random);
    } catch (Violation e) {
      note("in the state %s", state);
      note("plans: %s", plan);
      throw e;
    }
    return plan;
  }

  /** By what is really so, whatever was read, but for what was broken before. */
  private void budgetIsKept(RolloutProgress samples) {
    var view = new Outside(world.read(), samples);
    int unready =
        view.count(c ->
            view.unready(c)
                && !view.brokenBefore(c)
                && !Objects.requireNonNull(world.clusters.get(view.facts(c).name())).brokenBefore);
    unless(
        unready <= view.limitOfFleet(),
        1,
        "%d clusters are unready of at most %d",
        unready,
        view.limitOfFleet());
  }

  // Clusters

  private void clusterMoves() {
    for (var entry : some()) {
      var cluster = entry.getValue();
      if (cluster.assigned == null) {
        return;
      }
      boolean noticed =
          cluster.observed != null && cluster.observed.revision().equals(cluster.assigned);
      if (!noticed && random.nextBoolean()) {
        cluster.report(world.now, Outcome.UPDATING);
        note("%s starts on %s", entry.getKey(), cluster.assigned);
      } else if (!noticed || !cluster.ready()) {
        var outcome = random.nextInt(8) == 0 ? Outcome.FAILED : Outcome.SUCCEEDED;
        cluster.report(world.now, outcome);
        note("%s: %s on %s", entry.getKey(), outcome, cluster.assigned);
      }
    }
  }

  private void timePasses() {
    var next = planner.plan(gather(false)).nextLook();
    world.now =
        next != null && random.nextBoolean()
            ? next
            : world.now.plusSeconds(1 + random.nextInt(15 * 60));
    note("it is %s", world.now);
  }

  // People

  private void personActs() {
    switch (random.nextInt(calm ? 10 : 16)) {
      case 0, 1 -> {
        world.target = "v" + (1 + random.nextInt(4));
        world.version++;
        note("wants %s", world.target);
      }
      case 2 -> {
        world.suspended = !world.suspended;
        world.version++;
        note("suspended: %s", world.suspended);
      }
      case 3, 4, 5 -> approves();
      case 6 -> answers();
      case 7 -> {
        world.attempt = String.valueOf(Integer.parseInt(world.attempt) + 1);
        world.version++;
        note("tries again");
      }
      case 8 -> joins();
      case 9 -> bindingChanges();
      case 10 -> pins();
      case 11 -> {
        world.policy = policies.any();
        world.version++;
        note("policy %s", world.policy);
      }
      case 12 -> leaves();
      case 13 ->
          some()
              .forEach(entry -> {
                entry.getValue().labels = labels();
                note("%s now is %s", entry.getKey(), entry.getValue().labels);
              });
      default -> tampers();
    }
  }

  private void approves() {
    var stage = List.of("canary", "europe", "america", "rest").get(random.nextInt(4));
    var revision = random.nextInt(3) == 0 ? "v" + (1 + random.nextInt(4)) : world.target;
    world.approvals.add(new Approval(stage, revision));
    note("approves %s of %s", revision, stage);
  }

  private void answers() {
    var stage = List.of("canary", "europe", "america", "rest").get(random.nextInt(4));
    var answer = new CheckAnswer(random.nextInt(3) > 0, world.now, "asked");
    var key = new CheckKey(stage, random.nextInt(2));
    world.checks.put(key, answer);
    note("%s: %s", key, answer);
  }

  private void joins() {
    var cluster = new World.Cluster(labels());
    cluster.alike = random.nextInt(4) == 0;
    var name = "c" + names++;
    world.clusters.put(name, cluster);
    note("%s joins with %s", name, cluster.labels);
  }

  private Map<String, String> labels() {
    var labels = new HashMap<String, String>();
    labels.put("region", random.nextBoolean() ? "eu" : "am");
    if (random.nextInt(4) == 0) {
      labels.put("ring", "canary");
    }
    if (random.nextBoolean()) {
      labels.put("rank", random.nextInt(5) == 0 ? "last" : String.valueOf(random.nextInt(20)));
    }
    return Map.copyOf(labels);
  }

  private void leaves() {
    for (var entry : some()) {
      world.clusters.remove(entry.getKey());
      note("%s leaves", entry.getKey());
    }
  }

  private void bindingChanges() {
    for (var entry : some()) {
      entry.getValue().binding++;
      note("%s has another value", entry.getKey());
    }
  }

  private void pins() {
    for (var entry : some()) {
      var cluster = entry.getValue();
      cluster.pin =
          cluster.pin != null
              ? null
              : new World.Pinned(
                  random.nextInt(3) == 0 ? null : "v" + random.nextInt(4),
                  random.nextBoolean() ? null : world.now.plus(Duration.ofMinutes(30)));
      note("%s: %s", entry.getKey(), cluster.pin);
    }
  }

  private void tampers() {
    for (var entry : some()) {
      var cluster = entry.getValue();
      if (cluster.assigned != null) {
        cluster.tampered = random.nextBoolean();
        if (!cluster.tampered) {
          cluster.assigned = null;
          cluster.observed = null;
          cluster.reports.clear();
        }
        note("%s: %s", entry.getKey(), cluster.tampered ? "tampered with" : "entry taken out");
      }
    }
  }

  private void troubleComes() {
    for (var entry : some()) {
      var cluster = entry.getValue();
      switch (random.nextInt(9)) {
        case 0, 1 -> cluster.standing = new Standing.Unreachable(AWAY);
        case 2 -> cluster.standing = new Standing.NotReady(AWAY);
        case 3, 4 -> cluster.standing = new Standing.Participating();
        case 5 -> cluster.hold = cluster.hold == null ? new Hold(AWAY, random.nextBoolean()) : null;
        case 6 -> cluster.unresolvable = !cluster.unresolvable;
        default -> {
          if (cluster.ready()) {
            cluster.report(world.now, random.nextBoolean() ? Outcome.FAILED : Outcome.UPDATING);
          }
        }
      }
      note(
          "%s: %s, %s, resolvable %s, %s",
          entry.getKey(), cluster.standing, cluster.hold, !cluster.unresolvable, cluster.observed);
    }
  }

  /** One cluster, or none where there is none. */
  private List<Map.Entry<String, World.Cluster>> some() {
    if (world.clusters.isEmpty()) {
      return List.of();
    }
    return List.of(
        List.copyOf(world.clusters.entrySet()).get(random.nextInt(world.clusters.size())));
  }

  // 8

  /** From here on clusters succeed and gates hold. */
  private void completes() {
    note("all is well from now on");
    underway = null;
    world.suspended = false;
    world.policy = Policies.completing(world.policy);
    if (world.clusters.isEmpty()) {
      joins();
    }
    world
        .clusters
        .values()
        .forEach(cluster -> {
          cluster.hold = null;
          cluster.pin = null;
          cluster.unresolvable = false;
        });
    if (world.clusters.values().stream()
        .noneMatch(c -> c.standing instanceof Standing.Participating)) {
      world.clusters.firstEntry().getValue().standing = new Standing.Participating();
    }
    int bound = 30 + 8 * world.clusters.size();
    for (int round = 0; round < bound; round++) {
      goodRound();
      var progress = world.progress;
      if (progress != null && progress.completedAt() != null && allRun()) {
        unless(world.target.equals(world.stable), 8, "it completed and is not stable");
        return;
      }
    }
    throw new Violation(
        8, "not completed after %d rounds: %s".formatted(bound, planner.plan(gather(false))));
  }

  private boolean allRun() {
    return world.clusters.values().stream()
        .filter(c -> c.standing instanceof Standing.Participating)
        .allMatch(
            c -> Objects.equals(c.assigned, Outside.word(c.content(world.target))) && c.ready());
  }

  private void goodRound() {
    world.clusters.values().stream()
        .filter(c -> c.standing instanceof Standing.Participating)
        .filter(c -> c.assigned != null && !c.ready())
        .forEach(c -> c.report(world.now, Outcome.SUCCEEDED));
    if (world.policy.strategy() instanceof Strategy.Staged(var stages, _)) {
      stages.forEach(stage -> world.approvals.add(new Approval(stage.name(), world.target)));
    }
    boolean moved = false;
    var state = gather(false);
    var plan = checked(state);
    note("plans: %s", new Sentence(plan));
    for (var key : plan.checks()) {
      moved = true;
      world.checks.put(key, new CheckAnswer(true, world.now, "fine"));
    }
    var decision = plan.progress().decision();
    if (decision != null && (decision.action() == Action.HALT || decision.settledAt() != null)) {
      moved = true;
      world.attempt = String.valueOf(Integer.parseInt(world.attempt) + 1);
    }
    if (!world.hasRecorded(plan)) {
      moved = true;
      world.record(plan);
      recollection.takesEffect(state, plan);
    }
    for (var cluster : plan.clusters()) {
      if (cluster.assign() != null) {
        moved = true;
        world.assign(cluster.cluster(), cluster.assign());
      }
    }
    if (!moved && plan.nextLook() != null) {
      world.now = plan.nextLook();
      note("it is %s", world.now);
    }
  }

  // 9

  /** The same from here on, killed after every single step and never. */
  private void killingChangesNothing() {
    var killed = world.copy();
    var spared = world.copy();
    long luck = random.nextLong();
    for (int round = 0; round < 25; round++) {
      controls(killed, true);
      controls(spared, false);
      for (var name : spared.clusters.keySet()) {
        var one = Objects.requireNonNull(spared.clusters.get(name));
        var other = Objects.requireNonNull(killed.clusters.get(name));
        unless(
            Objects.equals(one.assigned, other.assigned),
            9,
            "%s has %s, and %s where the control plane was killed",
            name,
            one.assigned,
            other.assigned);
      }
      unless(
          Objects.equals(spared.progress, killed.progress)
              && Objects.equals(spared.stable, killed.stable),
          9,
          "progress is %s, and %s where the control plane was killed",
          spared.progress,
          killed.progress);
      goOn(killed, luck);
      goOn(spared, luck);
    }
  }

  private void controls(World fork, boolean kill) {
    int steps = 0;
    while (true) {
      unless(steps++ < 100, 7, "the control plane never rests");
      var plan = planner.plan(fork.read());
      note("at %s, %s: %s", fork.now, kill ? "killed" : "spared", new Sentence(plan));
      boolean recorded = fork.hasRecorded(plan);
      if (!recorded) {
        fork.record(plan);
        if (kill) {
          continue;
        }
      }
      var assigning = plan.clusters().stream().filter(c -> c.assign() != null).toList();
      for (var cluster : assigning) {
        assign(fork, cluster.cluster(), Objects.requireNonNull(cluster.assign()));
        if (kill) {
          break;
        }
      }
      if (recorded && assigning.isEmpty()) {
        return;
      }
    }
  }

  /** As in {@link Outside#after}, a cluster is taken to notice where it still reports this. */
  private static void assign(World fork, String name, String revision) {
    fork.assign(name, revision);
    var cluster = Objects.requireNonNull(fork.clusters.get(name));
    if (cluster.observed != null && cluster.observed.revision().equals(revision)) {
      cluster.report(fork.now, Outcome.UPDATING);
    }
  }

  private static void goOn(World fork, long luck) {
    fork.now = fork.now.plus(Duration.ofMinutes(4));
    fork.clusters.forEach((name, cluster) -> {
      if (cluster.assigned != null && !cluster.ready()) {
        int fate = Math.floorMod(31 * (name + cluster.assigned).hashCode() + (int) luck, 10);
        if (fate < 9) {
          cluster.report(fork.now, fate < 8 ? Outcome.SUCCEEDED : Outcome.FAILED);
        }
      }
    });
  }

  /** Said only where somebody reads it, since that takes longer than to plan. */
  private record Sentence(RolloutPlan plan) {
    @Override
    public String toString() {
      return "%s %s, %s, %s"
          .formatted(
              plan.progress().revision(),
              plan.outlook(),
              plan.progress().decision(),
              plan.clusters().stream()
                  .filter(c -> c.assign() != null)
                  .map(c -> c.cluster() + "=" + c.assign())
                  .toList());
    }
  }

  private String story() {
    return IntStream.range(0, trace.size())
        .mapToObj(i -> "%4d  %s".formatted(i, trace.get(i).get()))
        .collect(Collectors.joining("\n"));
  }

  @SuppressWarnings("AnnotateFormatMethod") // The annotation is in a library that we do not have.
  private void note(String what, @Nullable Object... arguments) {
    trace.add(() -> what.formatted(arguments));
  }
}
