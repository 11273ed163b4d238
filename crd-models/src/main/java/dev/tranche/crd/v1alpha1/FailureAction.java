package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What is done when more clusters failed than may. */
public enum FailureAction {
  @JsonProperty("Halt")
  HALT,
  @JsonProperty("Continue")
  CONTINUE,
  @JsonProperty("RollbackFailed")
  ROLLBACK_FAILED,
  @JsonProperty("RollbackStage")
  ROLLBACK_STAGE,
  @JsonProperty("RollbackAll")
  ROLLBACK_ALL
}
