package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An event that is still to be handed over.
 *
 * @param severity null where a newer version wrote a word that this one does not know
 * @param revision null where the event is about none
 * @param stage null where the event is about none
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record PendingEvent(
    @Required
        @JsonPropertyDescription(
            "Tells this event from every other one, also when it is posted more than once.")
        String id,
    @JsonPropertyDescription("When it happened.") @Nullable Instant at,
    @JsonPropertyDescription("How grave it is.") @Nullable EventSeverity severity,
    @JsonPropertyDescription("A word for what happened.") @Nullable String reason,
    @JsonPropertyDescription("What happened, in a sentence.") @Size(max = 1024)
        @Nullable String message,
    @JsonPropertyDescription("The version that it is about, as a person says it.")
        @Nullable String revision,
    @JsonPropertyDescription("The stage that it is about.") @Nullable String stage) {}
