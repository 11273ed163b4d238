package dev.tranche.rollout.golden;

import dev.tranche.rollout.Observation;
import dev.tranche.rollout.Observation.Outcome;
import dev.tranche.rollout.Reason;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster does with a revision, such as {@code succeeds after 1m}, {@code fails on v2} or
 * {@code fails on v2 after 20s: image not found}.
 *
 * @param outcome what it reports
 * @param revision on which revision; null means on any
 * @param after how long after it was assigned
 * @param message what it says
 */
record Behaviour(Outcome outcome, @Nullable String revision, Duration after, String message) {
  private static final Pattern FORM =
      Pattern.compile(
          "(?<verb>succeeds|fails|hangs)( on (?<on>\\S+?))?( after (?<after>\\w+))?(: (?<says>.+))?");

  static final Behaviour SUCCEEDS = parse("succeeds");

  static Behaviour parse(String text) {
    var parts = FORM.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("not a behaviour: " + text);
    }
    var after = parts.group("after");
    var says = parts.group("says");
    var outcome =
        switch (parts.group("verb")) {
          case "succeeds" -> Outcome.SUCCEEDED;
          case "fails" -> Outcome.FAILED;
          default -> Outcome.UPDATING;
        };
    return new Behaviour(
        outcome,
        parts.group("on"),
        Scenario.duration(after == null ? "30s" : after),
        says == null ? usual(outcome) : says);
  }

  boolean isOn(String assigned) {
    return revision == null
        || assigned.equals(revision)
        || assigned.startsWith(revision + SimulatedCluster.WITH);
  }

  Observation report(String assigned) {
    var code =
        switch (outcome) {
          case SUCCEEDED -> "ReconciliationSucceeded";
          case FAILED -> "HealthCheckFailed";
          case UPDATING -> "Progressing";
        };
    return new Observation(assigned, outcome, new Reason(code, message));
  }

  private static String usual(Outcome outcome) {
    return switch (outcome) {
      case SUCCEEDED -> "applied and healthy";
      case FAILED -> "Deployment ingress: its pods crash";
      case UPDATING -> "Deployment ingress: 0 of 2 pods are ready";
    };
  }
}
