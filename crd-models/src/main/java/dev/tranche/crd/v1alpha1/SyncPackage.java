package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** How a source is built and applied. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SyncPackage(
    @JsonPropertyDescription("Built with kustomize and applied with server-side apply.") @Required
        KustomizePackage kustomize) {}
