package dev.tranche.rollout;

/**
 * The words for why a cluster is in its state. A cluster that reported may have a word of Flux or
 * of the expansion of its sync instead.
 */
public enum ReasonCode {
  /** Cluster API does not say that the control plane of the cluster is initialised. */
  CONTROL_PLANE_NOT_INITIALIZED("ControlPlaneNotInitialized"),
  /** The Secret with its kubeconfig is not there. */
  KUBECONFIG_MISSING("KubeconfigMissing"),
  /** It was not heard of for longer than the threshold. */
  NO_CONTACT("NoContact"),
  /** Cluster API cannot reach it. */
  REMOTE_CONNECTION_PROBE_FAILED("RemoteConnectionProbeFailed"),
  /** The module is suspended. */
  SUSPENDED("Suspended"),
  /** Its Cluster is paused. */
  CLUSTER_PAUSED("ClusterPaused"),
  /** A BootstrapModule that selects it was not applied there yet. */
  WAITING_FOR_BOOTSTRAP("WaitingForBootstrap"),
  /** A module that this one depends on has not succeeded there. */
  DEPENDENCY_NOT_READY("DependencyNotReady"),
  /** A pin holds it at a revision. */
  PINNED("Pinned"),
  /** The pin names a revision that the history does not have. */
  PINNED_REVISION_NOT_FOUND("PinnedRevisionNotFound"),
  /** No window is open. */
  OUTSIDE_WINDOW("OutsideWindow"),
  /**
   * No stage takes it, and the rollout leaves such clusters alone or waits until there are none.
   */
  UNMATCHED("Unmatched"),
  /** It went back to the stable revision. */
  ROLLED_BACK("RolledBack"),
  /** The rollout waits because there are clusters that no stage takes. */
  UNMATCHED_CLUSTERS("UnmatchedClusters"),
  /** The stages wait for each other in a circle. */
  STAGE_CIRCLE("StageCircle"),
  /** A stage that comes before its own was not passed. */
  WAITING_FOR_STAGE("WaitingForStage"),
  /** As many clusters as may be are unready. */
  WAITING_FOR_BUDGET("WaitingForBudget"),
  /** The batch before its own is not settled. */
  WAITING_FOR_BATCH("WaitingForBatch"),
  /** It has not settled on the stable revision yet. */
  SETTLING("Settling"),
  /** A rollback was asked for where no other revision was ever rolled out completely. */
  NOTHING_TO_ROLL_BACK_TO("NothingToRollBackTo"),
  /** More clusters failed than may. */
  CLUSTERS_FAILED("ClustersFailed"),
  /** A check of a stage did not pass in time. */
  CHECK_FAILED("CheckFailed"),
  /** The rollout was halted. */
  HALTED("Halted"),
  /** About to be assigned. */
  ASSIGNING("Assigning"),
  /** What it was assigned was changed by somebody else and is about to be put right. */
  REPAIRING("Repairing"),
  /** About to go back to the stable revision, or on its way. */
  ROLLING_BACK("RollingBack"),
  /** It was assigned, and did not report yet. */
  ASSIGNED("Assigned"),
  /** It was assigned and made no progress in time. */
  PROGRESS_DEADLINE_EXCEEDED("ProgressDeadlineExceeded"),
  /** Its assignment cannot be written. */
  ASSIGNMENT_NOT_WRITTEN("AssignmentNotWritten");

  private final String word;

  ReasonCode(String word) {
    this.word = word;
  }

  /** The code as it is written in a status. */
  public String word() {
    return word;
  }

  /** This code with a sentence for people. */
  public Reason because(String message) {
    return new Reason(word, message);
  }
}
