package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A Secret in the same namespace. */
public record SecretRef(
    @JsonPropertyDescription("The name of the Secret.") @Required @Size(min = 1, max = 253)
        String name) {}
