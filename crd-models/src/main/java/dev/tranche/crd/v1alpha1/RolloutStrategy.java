package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** In which steps a version is brought to a fleet. */
public enum RolloutStrategy {
  @JsonProperty("Replace")
  REPLACE,
  @JsonProperty("Incremental")
  INCREMENTAL,
  @JsonProperty("Staged")
  STAGED
}
