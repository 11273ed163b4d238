package dev.tranche.rollout;

import dev.tranche.rollout.Observation.Outcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What is really so: the spec, what is recorded, and a fleet of simulated clusters. */
final class World {
  Instant now = Instant.parse("2026-01-05T00:00:00Z");
  boolean suspended;
  String target = "v1";
  RolloutPolicy policy;
  String attempt = "1";
  Set<Approval> approvals = new HashSet<>();
  Map<CheckKey, CheckAnswer> checks = new HashMap<>();
  @Nullable RolloutProgress progress;
  @Nullable String stable;

  /** Of the module; a write from an older version is refused. */
  int version;

  TreeMap<String, Cluster> clusters = new TreeMap<>();

  World(RolloutPolicy policy) {
    this.policy = policy;
  }

  World copy() {
    var copy = new World(policy);
    copy.now = now;
    copy.suspended = suspended;
    copy.target = target;
    copy.attempt = attempt;
    copy.approvals = new HashSet<>(approvals);
    copy.checks = new HashMap<>(checks);
    copy.progress = progress;
    copy.stable = stable;
    copy.version = version;
    clusters.forEach((name, cluster) -> copy.clusters.put(name, cluster.copy()));
    return copy;
  }

  /** A simulated cluster. */
  static final class Cluster {
    Map<String, String> labels;
    Standing standing = new Standing.Participating();
    @Nullable Hold hold;
    @Nullable Pinned pin;
    int binding;
    boolean alike;
    boolean unresolvable;
    @Nullable String assigned;
    boolean tampered;
    @Nullable Observation observed;
    @Nullable Instant since;

    /** Whether it had failed before it was last assigned something, and was not well since. */
    boolean brokenBefore;

    /** What it reported since it was last assigned something, for stale reads. */
    List<Observation> reports = new ArrayList<>();

    Cluster(Map<String, String> labels) {
      this.labels = labels;
    }

    Cluster copy() {
      var copy = new Cluster(labels);
      copy.standing = standing;
      copy.hold = hold;
      copy.pin = pin;
      copy.binding = binding;
      copy.alike = alike;
      copy.unresolvable = unresolvable;
      copy.assigned = assigned;
      copy.tampered = tampered;
      copy.observed = observed;
      copy.since = since;
      copy.brokenBefore = brokenBefore;
      copy.reports = new ArrayList<>(reports);
      return copy;
    }

    Target content(String revision) {
      if (unresolvable) {
        return new Target.Unresolvable(new Reason("ObjectNotFound", "no ConfigMap values"));
      }
      // Two versions can come to the same on a cluster that uses nothing of what changed.
      var part = alike && (revision.equals("v2") || revision.equals("v3")) ? "v2or3" : revision;
      return new Target.Revision(part + "-" + binding);
    }

    void report(Instant now, Outcome outcome) {
      var revision = Objects.requireNonNull(assigned);
      boolean worked =
          observed == null
              || !observed.revision().equals(revision)
              || observed.outcome() == Outcome.UPDATING;
      if (outcome == Outcome.UPDATING && !worked) {
        since = now;
      }
      observed = new Observation(revision, outcome, new Reason("Reported", "reports " + outcome));
      reports.add(observed);
    }

    boolean failed(Instant now) {
      return (observed != null
              && observed.revision().equals(assigned)
              && observed.outcome() == Outcome.FAILED)
          || (!ready() && since != null && !now.isBefore(since.plus(Policies.DEADLINE)));
    }

    boolean ready() {
      return observed != null
          && observed.revision().equals(assigned)
          && observed.outcome() == Outcome.SUCCEEDED;
    }
  }

  /**
   * A pin by the word of a version.
   *
   * @param revision null means what the cluster has
   */
  record Pinned(@Nullable String revision, @Nullable Instant until) {}

  ClusterFacts facts(String name, @Nullable Observation observed) {
    var cluster = Objects.requireNonNull(clusters.get(name));
    var pin = cluster.pin;
    return new ClusterFacts(
        name,
        cluster.labels,
        cluster.standing,
        cluster.hold,
        pin == null
            ? null
            : new Pin(
                pin.revision() == null ? null : cluster.content(pin.revision()),
                "a person said so",
                pin.until()),
        cluster.content(target),
        stable == null ? null : cluster.content(stable),
        cluster.assigned,
        cluster.tampered,
        observed,
        cluster.since);
  }

  RolloutState read() {
    return read(
        clusters.keySet().stream()
            .map(name -> facts(name, Objects.requireNonNull(clusters.get(name)).observed))
            .toList());
  }

  RolloutState read(List<ClusterFacts> facts) {
    return new RolloutState(
        now, suspended, target, stable, policy, facts, progress, attempt, approvals, checks);
  }

  void record(RolloutPlan plan) {
    progress = plan.progress();
    stable = plan.stableRevision();
    version++;
  }

  boolean hasRecorded(RolloutPlan plan) {
    return plan.progress().equals(progress) && Objects.equals(plan.stableRevision(), stable);
  }

  void assign(String name, String revision) {
    var cluster = Objects.requireNonNull(clusters.get(name));
    cluster.brokenBefore =
        cluster.assigned != null
            && !cluster.ready()
            && (cluster.brokenBefore || cluster.failed(now));
    cluster.assigned = revision;
    cluster.tampered = false;
    cluster.since = now;
    cluster.reports.clear();
    if (cluster.observed != null) {
      cluster.reports.add(cluster.observed);
    }
  }
}
