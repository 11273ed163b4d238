package dev.tranche.rollout;

/** The state of a cluster with regard to its target; it is in exactly one. */
public enum ClusterState {
  /** It cannot take part. */
  NOT_READY("NotReady"),
  /** It is kept from its target for now. */
  HELD("Held"),
  /** It was not assigned its target yet. */
  PENDING("Pending"),
  /** It was assigned its target and did not report on it yet. */
  PROGRESSING("Progressing"),
  /** Target, assigned and observed are the same, and it is healthy. */
  SUCCEEDED("Succeeded"),
  /** It failed on its target, or what it should run cannot be worked out. */
  FAILED("Failed"),
  /** Nobody can reach it. */
  UNREACHABLE("Unreachable");

  private final String word;

  ClusterState(String word) {
    this.word = word;
  }

  /** The state as it is written in a status. */
  public String word() {
    return word;
  }
}
