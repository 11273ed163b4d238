package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A field of an object in the module's own namespace. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ObjectFieldRef(
    @JsonPropertyDescription(
            "The API version of the object, such as v1 or cluster.x-k8s.io/v1beta2.")
        @Required
        @Size(min = 1, max = 317)
        @Pattern("^([a-z0-9.-]+/)?[a-z0-9]+$")
        String apiVersion,
    @JsonPropertyDescription("The kind of the object.")
        @Required
        @Size(min = 1, max = 63)
        @Pattern("^[A-Z][A-Za-z0-9]*$")
        String kind,
    @JsonPropertyDescription(
            "The name of the object; it may mention bindings, such as $(CLUSTER_NAME).")
        @Required
        @Size(min = 1, max = 1024)
        String name,
    @JsonPropertyDescription(
            "A JSON Pointer (RFC 6901) to a string, number or boolean in the object, such as /metadata/labels/region.")
        @Required
        @Size(min = 1, max = 1024)
        @Pattern("^(/([^~]|~[01])*)+$")
        String fieldPath) {}
