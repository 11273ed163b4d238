package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/**
 * Values of a Helm release that stand in an object of the assemblage's namespace; the fields mean
 * what they mean in a Flux HelmRelease.
 *
 * @param valuesKey null means values.yaml
 * @param targetPath null merges all of it at the root
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record HelmValuesFrom(
    @JsonPropertyDescription("The kind of the object.") @Required Kind kind,
    @JsonPropertyDescription("The name of the object.") @Required @Size(min = 1, max = 253)
        String name,
    @JsonPropertyDescription("The key within the object. Left out, values.yaml.")
        @Size(min = 1, max = 253)
        @Pattern("^[\\-._a-zA-Z0-9]+$")
        @Nullable String valuesKey,
    @JsonPropertyDescription(
            "The path within the values that it is put at, in dots; left out, it is merged at the root.")
        @Size(min = 1, max = 250)
        @Pattern("^([a-zA-Z0-9_\\-.\\\\/]|\\[[0-9]{1,5}\\])+$")
        @Nullable String targetPath,
    @JsonPropertyDescription(
            "With targetPath, whether the text is taken as it is and not read as YAML.")
        @Nullable Boolean literal,
    @JsonPropertyDescription("Whether it may be missing.") @Nullable Boolean optional) {

  /** What values may be read from. */
  public enum Kind {
    @JsonProperty("Secret")
    SECRET,
    @JsonProperty("ConfigMap")
    CONFIG_MAP
  }
}
