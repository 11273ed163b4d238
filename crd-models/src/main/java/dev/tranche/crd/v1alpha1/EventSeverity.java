package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How grave an event is, in the words of Flux. */
public enum EventSeverity {
  /** Goes as it should. */
  @JsonProperty("info")
  INFO,
  /** Needs a look. */
  @JsonProperty("error")
  ERROR
}
