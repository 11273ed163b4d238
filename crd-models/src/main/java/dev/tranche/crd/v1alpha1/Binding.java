package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * A name for a value that may differ per cluster.
 *
 * @param value the value itself, may be empty; null where {@code objectFieldRef} is given
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value = "has(self.value) != has(self.objectFieldRef)",
    message = "give exactly one of value and objectFieldRef")
@ValidationRule(
    value = "self.name != 'CLUSTER_NAME'",
    message = "CLUSTER_NAME is always there and cannot be bound to something else")
public record Binding(
    @JsonPropertyDescription("The name that $(NAME) mentions.")
        @Required
        @Size(min = 1, max = 63)
        @Pattern("^[A-Za-z_][A-Za-z0-9_]*$")
        String name,
    @JsonPropertyDescription("The value itself; it may mention other bindings.") @Size(max = 4096)
        @Nullable String value,
    @JsonPropertyDescription(
            "A field of an object in the module's own namespace, whose value is taken.")
        @Nullable ObjectFieldRef objectFieldRef) {}
