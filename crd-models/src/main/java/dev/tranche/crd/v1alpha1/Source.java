package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** Where configuration comes from. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Source(
    @JsonPropertyDescription("A git repository at an exact version.") @Required GitSource git) {}
