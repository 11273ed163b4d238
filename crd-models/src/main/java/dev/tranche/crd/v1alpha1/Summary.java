package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;

/** Counts of clusters by state; all but {@code total} add up to {@code total}. */
public record Summary(
    @JsonPropertyDescription("The selected clusters.") @Min(0) int total,
    @JsonPropertyDescription(
            "Clusters that cannot take part yet, such as one whose control plane is not initialised.")
        @Min(0)
        int notReady,
    @JsonPropertyDescription("Clusters that are kept from the version for now, such as by suspend.")
        @Min(0)
        int held,
    @JsonPropertyDescription("Clusters that were not assigned the version yet.") @Min(0)
        int pending,
    @JsonPropertyDescription(
            "Clusters that were assigned the version and did not report on it yet.")
        @Min(0)
        int progressing,
    @JsonPropertyDescription("Clusters that run exactly the version, healthy.") @Min(0)
        int succeeded,
    @JsonPropertyDescription("Clusters where the version could not be applied or is not healthy.")
        @Min(0)
        int failed,
    @JsonPropertyDescription("Clusters that nobody can reach at the moment.") @Min(0)
        int unreachable) {}
