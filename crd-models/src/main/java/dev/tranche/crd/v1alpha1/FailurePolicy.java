package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tranche.crd.generation.StringForm;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.IntOrString;
import org.jspecify.annotations.Nullable;

/**
 * What counts as failed, and what is done then.
 *
 * @param maxFailed null means 0
 * @param progressDeadline null means 10m
 * @param action null means Halt, or Continue with strategy Replace
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@SchemaCustomizer(value = StringForm.class, input = "maxFailed=" + Shares.ANY)
public record FailurePolicy(
    @JsonPropertyDescription(
            "How many clusters may fail before anything is done: a number, or a percentage, which rounds down.")
        @Default("0")
        @ValidationRule(value = Shares.ANY_RULE, message = Shares.ANY_MESSAGE)
        @Nullable IntOrString maxFailed,
    @JsonPropertyDescription(
            "How long a cluster may take to succeed; after that it counts as failed.")
        @Default("\"10m\"")
        @Size(min = 1, max = Durations.MAX_LENGTH)
        @Pattern(Durations.PATTERN)
        @ValidationRule(
            value = Durations.POSITIVE_RULE,
            message = "the deadline must be longer than 0s")
        @Nullable String progressDeadline,
    @JsonPropertyDescription(
            "What is done when more failed: Halt gives the version to no further cluster; Continue goes on; RollbackFailed, RollbackStage and RollbackAll halt too and bring the failed clusters, all of their stages, or all of the rollout back to the stable revision. Left out, Halt, or Continue with strategy Replace.")
        @Nullable FailureAction action) {}
