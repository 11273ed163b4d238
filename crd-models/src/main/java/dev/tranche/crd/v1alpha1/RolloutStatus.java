package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tranche.crd.generation.ListMap;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Size;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a rollout is.
 *
 * @param completedAt null while it is underway
 * @param waitingFor null where it waits for nothing
 * @param nextTransitionAt null where nothing happens by time alone
 * @param decision null as long as the failure policy had nothing to decide
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@SchemaCustomizer(value = ListMap.class, input = "stages=name")
public record RolloutStatus(
    @JsonPropertyDescription("The target revision that this rollout brings.")
        @Nullable String revision,
    @JsonPropertyDescription("When it began.") @Nullable Instant startedAt,
    @JsonPropertyDescription("When it was completed.") @Nullable Instant completedAt,
    @JsonPropertyDescription("What it waits for, in a sentence.") @Size(max = 1024)
        @Nullable String waitingFor,
    @JsonPropertyDescription("The next instant at which something happens by time alone.")
        @Nullable Instant nextTransitionAt,
    @JsonPropertyDescription("The stages, in the order of the spec.") @Size(max = 34)
        List<StageStatus> stages,
    @JsonPropertyDescription("What the failure policy decided.") @Nullable FailureDecision decision,
    @JsonPropertyDescription(
            "Steps that the receiver of --events-addr has not confirmed yet, the oldest first.")
        @Size(max = 32)
        List<PendingEvent> events) {

  public RolloutStatus {
    stages = Lists.copy(stages);
    events = Lists.copy(events);
  }
}
