package dev.tranche.controlplane.applied;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whether a commit has been applied. */
public enum AppliedState {
  /** The commit, or one that contains it, is applied and healthy. */
  @JsonProperty("applied")
  APPLIED,
  /** The commit is on its way, or waits for its turn. */
  @JsonProperty("pending")
  PENDING,
  /** Nobody can say, or the commit is none that this module would ever apply. */
  @JsonProperty("unknown")
  UNKNOWN
}
