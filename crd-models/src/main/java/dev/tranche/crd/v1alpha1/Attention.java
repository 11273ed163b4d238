package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A cluster that needs a look. */
public record Attention(
    @JsonPropertyDescription("The name of the Cluster.") @Required String cluster,
    @JsonPropertyDescription("Its state, one of the words of the summary.") @Required String state,
    @JsonPropertyDescription("A stable word for the reason.") @Required String reason,
    @JsonPropertyDescription("What is the matter.") @Size(max = 1024) String message) {}
