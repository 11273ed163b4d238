package dev.tranche.rollout;

/** What a cluster should run. */
public sealed interface Target {
  /** This revision, a word that nobody interprets. */
  record Revision(String word) implements Target {}

  /** What it should run cannot be worked out for this cluster. */
  record Unresolvable(Reason reason) implements Target {}
}
