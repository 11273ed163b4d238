package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Which Flux applies a module in a cluster. */
public enum Delivery {
  @JsonProperty("Remote")
  REMOTE,
  @JsonProperty("Proxy")
  PROXY
}
