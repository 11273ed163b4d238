package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * A question to a system that measures.
 *
 * @param interval null means 30s
 * @param deadline null means 10m
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GateCheck(
    @JsonPropertyDescription("Asks a Prometheus server.") @Required PrometheusCheck prometheus,
    @JsonPropertyDescription("How long to wait before asking again, while it does not hold.")
        @Default("\"30s\"")
        @Size(min = 1, max = Durations.MAX_LENGTH)
        @Pattern(Durations.PATTERN)
        @ValidationRule(value = Durations.A_SECOND_RULE, message = "ask once a second at most")
        @Nullable String interval,
    @JsonPropertyDescription(
            "How long the check may take to hold; after that failure.action is taken.")
        @Default("\"10m\"")
        @Size(min = 1, max = Durations.MAX_LENGTH)
        @Pattern(Durations.PATTERN)
        @ValidationRule(
            value = Durations.POSITIVE_RULE,
            message = "the deadline must be longer than 0s")
        @Nullable String deadline) {}
