package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;

/** Counts of syncs by state; all but {@code total} add up to {@code total}. */
public record SyncSummary(
    @JsonPropertyDescription("All syncs.") @Min(0) int total,
    @JsonPropertyDescription("Syncs that are being applied, checked or withdrawn.") @Min(0)
        int updating,
    @JsonPropertyDescription("Syncs that are applied exactly as declared, healthy.") @Min(0)
        int succeeded,
    @JsonPropertyDescription("Syncs that could not be applied or are not healthy.") @Min(0)
        int failed,
    @JsonPropertyDescription(
            "Syncs that wait for something that somebody else has to bring, such as the kubeconfig.")
        @Min(0)
        int waiting) {}
