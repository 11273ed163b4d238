package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What becomes of what a sync applied once its entry is taken out of an assemblage. */
public enum DeletionPolicy {
  @JsonProperty("Prune")
  PRUNE,
  @JsonProperty("Orphan")
  ORPHAN
}
