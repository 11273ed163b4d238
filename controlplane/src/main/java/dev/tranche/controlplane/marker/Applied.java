package dev.tranche.controlplane.marker;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The answer to "has this commit been applied?", by a module as a whole or on one cluster. It says
 * {@link State#APPLIED} only where nothing speaks against it.
 *
 * @param commit in full; null where the repository does not know it
 * @param message a sentence for people that says why
 */
public record Applied(State state, @Nullable String commit, String message) {
  /** The three answers. */
  public enum State {
    /** It runs. */
    APPLIED,
    /** It does not run yet, but is part of what is being rolled out. */
    PENDING,
    /** Neither can be said. */
    UNKNOWN
  }

  /**
   * Of a module as a whole.
   *
   * @param answer about the commit, for the module's path and at least all the revisions below
   * @param target the commit that the module wants; null where it is not known
   * @param marker the commit that was last applied everywhere; null before the first time
   * @param running the commits that the clusters that take part succeeded at last
   * @param without how many clusters take part and never succeeded, or nobody knows at what
   */
  public static Applied ofModule(
      CommitAnswer answer,
      @Nullable String target,
      @Nullable String marker,
      Set<String> running,
      int without) {
    return switch (answer) {
      case CommitAnswer.Unavailable unavailable -> unknown(null, unavailable.message());
      case CommitAnswer.Unknown unknown -> unknown(null, unknown.message());
      case CommitAnswer.Known known when !known.touchesPath() -> elsewhere(known);
      case CommitAnswer.Known known when target == null -> noTarget(known);
      case CommitAnswer.Known known when !known.current().contains(target) ->
          unknown(
              known.commit(),
              "the module's target %s is in no branch or tag any more".formatted(brief(target)));
      case CommitAnswer.Known known when known.containing().contains(target) ->
          ofTarget(known, target, marker, running, without);
      case CommitAnswer.Known known when marker != null && known.containing().contains(marker) ->
          unknown(
              known.commit(),
              "it had been applied everywhere with %s, and is being taken back: the module's target %s does not contain it"
                  .formatted(brief(marker), brief(target)));
      case CommitAnswer.Known known -> outside(known, target);
    };
  }

  /**
   * On one cluster.
   *
   * @param answer about the commit, for the module's path and at least the revisions below
   * @param target the commit that the module wants for the cluster; null where it is not known
   * @param running the commit that the cluster succeeded at last; null where it never did
   */
  public static Applied ofCluster(
      CommitAnswer answer, @Nullable String target, @Nullable String running) {
    return switch (answer) {
      case CommitAnswer.Unavailable unavailable -> unknown(null, unavailable.message());
      case CommitAnswer.Unknown unknown -> unknown(null, unknown.message());
      case CommitAnswer.Known known when !known.touchesPath() -> elsewhere(known);
      case CommitAnswer.Known known when running != null && !known.current().contains(running) ->
          unknown(
              known.commit(),
              "the cluster runs %s, which is in no branch or tag any more"
                  .formatted(brief(running)));
      case CommitAnswer.Known known when running != null && known.containing().contains(running) ->
          new Applied(
              State.APPLIED,
              known.commit(),
              "the cluster runs %s, which contains it".formatted(brief(running)));
      case CommitAnswer.Known known when target == null -> noTarget(known);
      case CommitAnswer.Known known when known.containing().contains(target) ->
          pending(
              known,
              running == null
                  ? "nothing was applied on the cluster yet; the module's target %s contains it"
                      .formatted(brief(target))
                  : "the cluster runs %s, which does not contain it; the module's target %s does"
                      .formatted(brief(running), brief(target)));
      case CommitAnswer.Known known -> outside(known, target);
    };
  }

  private static Applied ofTarget(
      CommitAnswer.Known known,
      String target,
      @Nullable String marker,
      Set<String> running,
      int without) {
    var contains = "the module's target %s contains it; ".formatted(brief(target));
    if (marker == null) {
      return pending(known, contains + "nothing was applied everywhere yet");
    }
    if (!known.current().contains(marker)) {
      return pending(
          known,
          contains
              + "%s, which was applied everywhere last, is in no branch or tag any more"
                  .formatted(brief(marker)));
    }
    if (!known.containing().contains(marker)) {
      return pending(
          known,
          contains + "%s, which was applied everywhere last, does not".formatted(brief(marker)));
    }
    var behind = running.stream().filter(r -> !known.containing().contains(r)).sorted().findFirst();
    if (behind.isPresent()) {
      return pending(
          known,
          contains + "at least one cluster runs %s, which does not".formatted(brief(behind.get())));
    }
    if (without > 0) {
      return pending(
          known, contains + "clusters on which nothing is known to be applied: " + without);
    }
    if (running.isEmpty()) {
      return pending(known, contains + "no cluster takes part");
    }
    return new Applied(
        State.APPLIED,
        known.commit(),
        "every cluster that takes part runs a revision that contains it");
  }

  private static Applied elsewhere(CommitAnswer.Known known) {
    return unknown(known.commit(), "it changes nothing under the module's path " + known.path());
  }

  private static Applied noTarget(CommitAnswer.Known known) {
    return unknown(known.commit(), "which commit the module wants is not known yet");
  }

  private static Applied outside(CommitAnswer.Known known, String target) {
    return unknown(
        known.commit(),
        "the module's target %s does not contain it: it is newer, or on another branch"
            .formatted(brief(target)));
  }

  private static Applied pending(CommitAnswer.Known known, String message) {
    return new Applied(State.PENDING, known.commit(), message);
  }

  private static Applied unknown(@Nullable String commit, String message) {
    return new Applied(State.UNKNOWN, commit, message);
  }

  private static String brief(String commit) {
    return commit.length() > 12 ? commit.substring(0, 12) : commit;
  }
}
