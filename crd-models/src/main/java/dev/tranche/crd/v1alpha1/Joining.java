package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a cluster gets that joins while a rollout is underway. */
public enum Joining {
  @JsonProperty("Stable")
  STABLE,
  @JsonProperty("Target")
  TARGET,
  @JsonProperty("Wait")
  WAIT
}
