package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was decided because of failures.
 *
 * @param action null where a newer version wrote an action that this one does not know
 * @param settledAt null before, and for Halt
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record FailureDecision(
    @JsonPropertyDescription("What is done, as in spec.rollout.failure.action.")
        @Nullable FailureAction action,
    @JsonPropertyDescription("A stable word for the reason.") @Nullable String reason,
    @JsonPropertyDescription("Why, in a sentence.") @Size(max = 1024) @Nullable String message,
    @JsonPropertyDescription("When it was decided.") @Nullable Instant at,
    @JsonPropertyDescription("When everything that goes back had gone back.")
        @Nullable Instant settledAt,
    @JsonPropertyDescription(
            "A word for the failure policy and the retry under which it was decided; it stands as long as the word is the same.")
        @Size(max = 253)
        @Nullable String attempt,
    @JsonPropertyDescription("The stages that it concerns.") @Size(max = 34)
        List<@Size(max = 63) String> stages) {

  public FailureDecision {
    stages = Lists.copy(stages);
  }
}
