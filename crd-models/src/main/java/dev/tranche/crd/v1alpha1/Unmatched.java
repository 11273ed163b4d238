package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What becomes of selected clusters that no stage selects. */
public enum Unmatched {
  @JsonProperty("LastStage")
  LAST_STAGE,
  @JsonProperty("Ignore")
  IGNORE,
  @JsonProperty("Reject")
  REJECT
}
