package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How far a stage is. */
public enum StageState {
  @JsonProperty("Waiting")
  WAITING,
  @JsonProperty("RollingOut")
  ROLLING_OUT,
  @JsonProperty("Gating")
  GATING,
  @JsonProperty("Passed")
  PASSED
}
