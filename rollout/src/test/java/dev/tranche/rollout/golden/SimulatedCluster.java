package dev.tranche.rollout.golden;

import dev.tranche.rollout.ClusterFacts;
import dev.tranche.rollout.Hold;
import dev.tranche.rollout.Observation;
import dev.tranche.rollout.Observation.Outcome;
import dev.tranche.rollout.Pin;
import dev.tranche.rollout.Standing;
import dev.tranche.rollout.Target;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A cluster that does with what it is assigned as it was told to. */
final class SimulatedCluster {
  /** Between a revision and the value of a binding, as in {@code v2+blue}. */
  static final String WITH = "+";

  private final String name;
  private final Map<String, String> labels;
  private List<Behaviour> behaviours;
  private Standing standing = new Standing.Participating();
  private @Nullable String binding;
  private @Nullable Hold hold;
  private @Nullable Pinned pin;
  private @Nullable String assigned;
  private boolean tampered;
  private @Nullable Observation observed;
  private @Nullable Instant since;
  private @Nullable Report coming;

  /** A report that is to come. */
  record Report(Instant at, Observation observation) {}

  /** A pin to a revision; null means what it has. */
  record Pinned(@Nullable String revision, String reason, @Nullable Instant until) {}

  SimulatedCluster(String name, Map<String, String> labels, List<Behaviour> behaviours) {
    this.name = name;
    this.labels = labels;
    this.behaviours = behaviours;
  }

  String name() {
    return name;
  }

  void behave(List<Behaviour> how) {
    behaviours = how;
  }

  void stand(Standing how, Instant now) {
    // What it did while nobody could look does not count as time without progress.
    if (how instanceof Standing.Participating && since != null) {
      since = now;
    }
    standing = how;
  }

  void bind(String value) {
    binding = value;
  }

  void hold(@Nullable Hold by) {
    hold = by;
  }

  void pin(@Nullable Pinned to) {
    pin = to;
  }

  void tamper() {
    tampered = true;
  }

  /** Has had a revision for long. */
  void runs(String revision) {
    assigned = word(revision);
    observed = Behaviour.SUCCEEDS.report(assigned);
  }

  void assign(String revision, Instant now) {
    assigned = revision;
    // What was reported before speaks of what ran before, even if that was the same revision.
    observed = null;
    tampered = false;
    since = now;
    var behaviour =
        behaviours.stream().filter(b -> b.isOn(revision)).findFirst().orElse(Behaviour.SUCCEEDS);
    coming = new Report(now.plus(behaviour.after()), behaviour.report(revision));
  }

  /** What it has turns good or bad by itself. */
  void turn(Behaviour to, Instant now) {
    if (assigned != null) {
      coming = new Report(now, to.report(assigned));
    }
  }

  /** The next report that somebody can read; null where none comes. */
  @Nullable Instant nextReport() {
    return coming == null || standing instanceof Standing.Unreachable ? null : coming.at();
  }

  /** Reports what is due; null where nothing is. */
  @Nullable Observation report(Instant now) {
    var due = nextReport();
    if (coming == null || due == null || due.isAfter(now)) {
      return null;
    }
    var before = observed;
    observed = coming.observation();
    coming = null;
    if (observed.outcome() == Outcome.UPDATING
        && before != null
        && before.outcome() != Outcome.UPDATING
        && before.revision().equals(observed.revision())) {
      since = now;
    }
    return observed;
  }

  ClusterFacts facts(String target, @Nullable String stable) {
    return new ClusterFacts(
        name,
        labels,
        standing,
        hold,
        pin == null
            ? null
            : new Pin(
                pin.revision() == null ? null : new Target.Revision(word(pin.revision())),
                pin.reason(),
                pin.until()),
        new Target.Revision(word(target)),
        stable == null ? null : new Target.Revision(word(stable)),
        assigned,
        tampered,
        observed,
        since);
  }

  private String word(String revision) {
    return binding == null ? revision : revision + WITH + binding;
  }
}
