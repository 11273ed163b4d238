package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of an approval.
 *
 * @param usedAt null as long as no gate was passed with it
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record RolloutApprovalStatus(
    @JsonPropertyDescription("The generation of the spec that this status speaks of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("When a gate was passed with it.") @Nullable Instant usedAt,
    @JsonPropertyDescription(
            "Ready says whether every field of it fits the rollout that it names, or did when it was used; Reconciling and Stalled are there while they are true, as kstatus reads them.")
        List<Condition> conditions) {

  public RolloutApprovalStatus {
    conditions = Lists.copy(conditions);
  }
}
