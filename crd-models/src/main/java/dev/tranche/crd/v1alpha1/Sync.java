package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** What is fetched and how it is applied: one unit of configuration. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Sync(
    @JsonPropertyDescription("Where the configuration comes from.") @Required Source source,
    @JsonPropertyDescription(
            "How it is built and applied; left out, the kustomization at the root of the source.")
        @JsonProperty("package")
        @Default("{\"kustomize\":{}}")
        @Nullable SyncPackage syncPackage) {}
