package dev.tranche.rollout.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.rollout.Approval;
import dev.tranche.rollout.CheckAnswer;
import dev.tranche.rollout.CheckKey;
import dev.tranche.rollout.ClusterFacts;
import dev.tranche.rollout.Hold;
import dev.tranche.rollout.Observation;
import dev.tranche.rollout.Reason;
import dev.tranche.rollout.ReasonCode;
import dev.tranche.rollout.RolloutPlan;
import dev.tranche.rollout.RolloutPlanner;
import dev.tranche.rollout.RolloutProgress;
import dev.tranche.rollout.RolloutState;
import dev.tranche.rollout.Standing;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Plays a scenario as the control plane does: it plans, records the progress, and only then
 * assigns. Time jumps to the next moment at which something is to happen.
 */
final class Simulation {
  /** A Monday. */
  private static final Instant BEGIN = Instant.parse("2026-03-02T08:00:00Z");

  /** How long the server that answers checks is left alone between two questions. */
  private static final Duration CHECK_INTERVAL = Duration.ofMinutes(1);

  private static final int MANY = 500;

  private final Scenario scenario;
  private final Story story;
  private final NavigableMap<String, SimulatedCluster> clusters = new TreeMap<>();
  private final Set<Approval> approvals = new HashSet<>();
  private final Map<CheckKey, CheckAnswer> checks = new HashMap<>();
  private final Map<CheckKey, Instant> asked = new HashMap<>();
  private Instant now = BEGIN;
  private String target;
  private boolean suspended;
  private String attempt = "";
  private Event.Checks.Server server = Event.Checks.Server.AWAY;
  private @Nullable RolloutProgress progress;
  private @Nullable String stableRevision;
  private @Nullable Duration dies;
  private Instant awayUntil = BEGIN;
  private boolean dead;
  private @Nullable RolloutPlan latest;
  private int eventsPlayed;

  Simulation(Scenario scenario) {
    this.scenario = scenario;
    story = new Story(scenario.story());
    target = scenario.target();
    stableRevision = scenario.runs();
    join(scenario.clusters());
    if (stableRevision != null) {
      for (var cluster : clusters.values()) {
        cluster.runs(stableRevision);
      }
    }
  }

  /** Plays it, and tells what happened. */
  String run() {
    var end = scenario.until() == null ? Instant.MAX : BEGIN.plus(scenario.until());
    int moments = 0;
    for (var next = now; next != null && !next.isAfter(end); next = next()) {
      now = next;
      story.at(now);
      playEvents();
      hearReports();
      if (dead && !now.isBefore(awayUntil)) {
        dead = false;
        story.says("crash", "the controller is back");
      }
      if (!dead) {
        lookUntilNothingChanges();
        story.standing(Objects.requireNonNull(latest).outlook());
      }
      assertThat(++moments).as("moments; does it need an until?").isLessThan(MANY);
    }
    assertThat(eventsPlayed).as("events before the end").isEqualTo(scenario.events().size());
    return story.end(Objects.requireNonNull(latest), stableRevision, facts());
  }

  private @Nullable Instant next() {
    var instants = new ArrayList<@Nullable Instant>();
    if (eventsPlayed < scenario.events().size()) {
      instants.add(BEGIN.plus(scenario.events().get(eventsPlayed).at()));
    }
    clusters.values().forEach(cluster -> instants.add(cluster.nextReport()));
    if (dead) {
      instants.add(awayUntil);
    } else {
      instants.add(Objects.requireNonNull(latest).nextLook());
      asked.values().forEach(at -> instants.add(at.plus(CHECK_INTERVAL)));
    }
    return instants.stream().filter(Objects::nonNull).min(Comparator.naturalOrder()).orElse(null);
  }

  private void lookUntilNothingChanges() {
    boolean changed = true;
    for (int looks = 0; changed; looks++) {
      assertThat(looks).as("looks at one moment").isLessThan(MANY);
      var plan = RolloutPlanner.plan(state());
      assertThat(RolloutPlanner.plan(state())).isEqualTo(plan);
      latest = plan;
      story.decided(plan);
      changed =
          !plan.progress().equals(progress)
              || !Objects.equals(plan.stableRevision(), stableRevision);
      progress = plan.progress();
      stableRevision = plan.stableRevision();
      if (dies != null) {
        awayUntil = now.plus(dies);
        dies = null;
        story.says("crash", "the controller dies before it assigned anything");
        dead = true;
        return;
      }
      for (var cluster : plan.clusters()) {
        if (cluster.assign() != null) {
          changed = true;
          Objects.requireNonNull(clusters.get(cluster.cluster())).assign(cluster.assign(), now);
        }
      }
      story.assigned(plan);
      changed |= answerChecks(plan.checks());
    }
  }

  private boolean answerChecks(Set<CheckKey> wanted) {
    boolean answered = false;
    asked.keySet().retainAll(wanted);
    for (var check : wanted.stream().sorted(Comparator.comparing(CheckKey::stage)).toList()) {
      var last = asked.get(check);
      if (last != null && now.isBefore(last.plus(CHECK_INTERVAL))) {
        continue;
      }
      asked.put(check, now);
      switch (server) {
        case AWAY -> story.says("check", check.stage() + ": no answer");
        case PASS, FAIL -> {
          boolean passes = server == Event.Checks.Server.PASS;
          var message = passes ? "2 errors in 5m, 10 may" : "25 errors in 5m, 10 may";
          checks.put(check, new CheckAnswer(passes, now, message));
          story.says("check", check.stage() + ": " + message);
          answered = true;
        }
      }
    }
    return answered;
  }

  private RolloutState state() {
    return new RolloutState(
        now,
        suspended,
        target,
        stableRevision,
        scenario.rollout().policy(),
        facts(),
        progress,
        attempt,
        approvals,
        checks);
  }

  private List<ClusterFacts> facts() {
    return clusters.values().stream()
        .map(cluster -> cluster.facts(target, stableRevision))
        .toList();
  }

  private void hearReports() {
    var reports = new TreeMap<String, Observation>();
    for (var cluster : clusters.values()) {
      var report = cluster.report(now);
      if (report != null) {
        reports.put(cluster.name(), report);
      }
    }
    story.reported(reports);
  }

  private void playEvents() {
    while (eventsPlayed < scenario.events().size()) {
      var event = scenario.events().get(eventsPlayed);
      if (BEGIN.plus(event.at()).isAfter(now)) {
        return;
      }
      assertThat(BEGIN.plus(event.at())).as("events are in order").isEqualTo(now);
      eventsPlayed++;
      story.says("event", event.says());
      play(event);
    }
  }

  private void play(Event event) {
    switch (event) {
      case Event.Retarget(_, var to) -> target = to;
      case Event.Suspend(_, var suspend) -> suspended = suspend;
      case Event.Approve(_, Event.Approve.Of(var stage, var revision)) ->
          approvals.add(new Approval(stage, revision));
      case Event.Checks(_, var does) -> server = does;
      case Event.Join(_, var joining) -> join(joining);
      case Event.Leave(_, var leaving) -> leaving.forEach(clusters::remove);
      case Event.Unreachable(_, var names) ->
          stand(
              names,
              new Standing.Unreachable(
                  ReasonCode.REMOTE_CONNECTION_PROBE_FAILED.because(
                      "Cluster API cannot reach it")));
      case Event.NotReady(_, var names) ->
          stand(
              names,
              new Standing.NotReady(
                  ReasonCode.CONTROL_PLANE_NOT_INITIALIZED.because(
                      "its control plane is not initialised")));
      case Event.Return(_, var names) -> stand(names, new Standing.Participating());
      case Event.Bind(_, var values) -> values.forEach((name, value) -> cluster(name).bind(value));
      case Event.SetPin(_, var to) ->
          cluster(to.cluster())
              .pin(
                  new SimulatedCluster.Pinned(
                      to.revision(),
                      to.reason(),
                      to.until() == null ? null : BEGIN.plus(to.until())));
      case Event.Unpin(_, var name) -> cluster(name).pin(null);
      case Event.SetHold(_, var by) ->
          cluster(by.cluster()).hold(new Hold(new Reason(by.code(), by.message()), by.passing()));
      case Event.Release(_, var name) -> cluster(name).hold(null);
      case Event.Tamper(_, var name) -> cluster(name).tamper();
      case Event.Retry(_, var word) -> attempt = word;
      case Event.Behave(_, var ways) ->
          ways.forEach((name, behaviours) -> cluster(name).behave(behaviours));
      case Event.Turn(_, var turns) ->
          turns.forEach((name, behaviour) -> cluster(name).turn(behaviour, now));
      case Event.Crash(_, var away) -> dies = away;
    }
  }

  private void join(Map<String, Map<String, String>> joining) {
    joining.forEach((name, labels) ->
        clusters.put(
            name,
            new SimulatedCluster(name, labels, scenario.behaves().getOrDefault(name, List.of()))));
  }

  private void stand(List<String> names, Standing how) {
    names.forEach(name -> cluster(name).stand(how, now));
  }

  private SimulatedCluster cluster(String name) {
    return Objects.requireNonNull(clusters.get(name), name);
  }
}
