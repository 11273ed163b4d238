package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The states of a sync. */
public enum SyncState {
  @JsonProperty("Updating")
  UPDATING,
  @JsonProperty("Succeeded")
  SUCCEEDED,
  @JsonProperty("Failed")
  FAILED,
  @JsonProperty("Waiting")
  WAITING
}
