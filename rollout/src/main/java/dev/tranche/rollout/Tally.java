package dev.tranche.rollout;

import dev.tranche.rollout.Observation.Outcome;

/** What the clusters of a stage, or of the fleet, come to. */
final class Tally {
  private int there;
  private int unready;
  private int brokenBefore;
  private int takingPart;
  private int succeeded;
  private int failed;
  private int unresolved;
  private int changing;
  private int targeted;

  void add(Reading reading) {
    if (reading.there()) {
      there++;
      unready += reading.unready() ? 1 : 0;
      brokenBefore += reading.brokenBefore() ? 1 : 0;
    }
    if (!reading.takesPart()) {
      return;
    }
    takingPart++;
    if (!reading.resolved()) {
      unresolved++;
      return;
    }
    switch (reading.on()) {
      case NOTHING -> {}
      case STABLE, OTHER -> changing++;
      case TARGET -> {
        targeted++;
        succeeded += reading.outcome() == Outcome.SUCCEEDED ? 1 : 0;
        failed += reading.outcome() == Outcome.FAILED ? 1 : 0;
      }
    }
  }

  /** Clusters that can be reached, whether they take part or not. */
  int there() {
    return there;
  }

  /** Clusters that have not succeeded on what they were assigned. */
  int unready() {
    return unready;
  }

  /** Those of them that failed on something else than the target. */
  int brokenBefore() {
    return brokenBefore;
  }

  int takingPart() {
    return takingPart;
  }

  /** Clusters that have succeeded on the target. */
  int succeeded() {
    return succeeded;
  }

  /** Clusters that have failed on the target. */
  int failed() {
    return failed;
  }

  /** Clusters whose target cannot be worked out. */
  int unresolved() {
    return unresolved;
  }

  /** Clusters that have something else than the target. */
  int changing() {
    return changing;
  }

  /** Clusters that were assigned the target. */
  int targeted() {
    return targeted;
  }

  /** Clusters that were assigned the target and are not settled on it. */
  int progressing() {
    return targeted - succeeded - failed;
  }

  /** Clusters of which nothing is to be expected any more. */
  int settled() {
    return succeeded + failed + unresolved;
  }
}
