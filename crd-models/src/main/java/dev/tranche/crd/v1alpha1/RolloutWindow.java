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
 * A time in which clusters may be changed, again and again.
 *
 * @param timeZone null means UTC
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RolloutWindow(
    @JsonPropertyDescription(
            "When it opens, in the five fields of cron: minute, hour, day of the month, month, day of the week.")
        @Required
        @Size(min = 9, max = 128)
        @Pattern("^[0-9A-Za-z*/,-]+( +[0-9A-Za-z*/,-]+){4}$")
        String schedule,
    @JsonPropertyDescription("For how long it is open.")
        @Required
        @Size(min = 1, max = Durations.MAX_LENGTH)
        @Pattern(Durations.PATTERN)
        @ValidationRule(
            value = Durations.POSITIVE_RULE,
            message = "a window must be open for longer than 0s")
        String duration,
    @JsonPropertyDescription("The time zone of the schedule, by its IANA name.")
        @Default("\"UTC\"")
        @Size(min = 1, max = 64)
        @Pattern("^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$")
        @Nullable String timeZone) {}
