package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/**
 * A module in the same namespace.
 *
 * @param kind null where a newer version wrote a kind that this one does not know
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ModuleRef(
    @JsonPropertyDescription("Module or BootstrapModule.") @Default("\"Module\"")
        @Nullable ModuleKind kind,
    @JsonPropertyDescription("The name of the module.")
        @Required
        @Size(min = 1, max = 253)
        @Pattern("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
        String name) {

  /** The kinds of modules. */
  public enum ModuleKind {
    @JsonProperty("Module")
    MODULE,
    @JsonProperty("BootstrapModule")
    BOOTSTRAP_MODULE
  }
}
