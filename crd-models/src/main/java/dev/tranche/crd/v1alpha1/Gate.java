package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * What must hold before a stage counts as passed; exactly one of the components is not null, none
 * where a newer version wrote a gate that this one does not know: it then never holds.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value =
        "(has(self.soak) ? 1 : 0) + (has(self.approval) ? 1 : 0) + (has(self.check) ? 1 : 0) == 1",
    message = "give exactly one of soak, approval and check")
public record Gate(
    @JsonPropertyDescription(
            "All clusters of the stage have been succeeded for this long, without a break.")
        @Size(min = 1, max = Durations.MAX_LENGTH)
        @Pattern(Durations.PATTERN)
        @Nullable String soak,
    @JsonPropertyDescription("Somebody made a RolloutApproval for the stage and the revision.")
        @Nullable Approval approval,
    @JsonPropertyDescription("What is measured elsewhere is as it should be.")
        @Nullable GateCheck check) {

  /** An approval by a person; there is nothing to say about it. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Approval() {}
}
