package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * What is approved, and by whom.
 *
 * @param comment null where there is none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value = "self == oldSelf",
    message = "an approval is a record and does not change; make another one")
public record RolloutApprovalSpec(
    @JsonPropertyDescription("The module whose rollout is approved.") @Required ModuleRef moduleRef,
    @JsonPropertyDescription("The stage that may be passed.")
        @Required
        @Size(min = 1, max = 63)
        @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
        String stage,
    @JsonPropertyDescription(
            "The revision that was looked at, as in the module's status.targetRevision; for any other the approval counts for nothing.")
        @Required
        @Size(min = 1, max = 253)
        String revision,
    @JsonPropertyDescription("The user name of who approves.") @Required @Size(min = 1, max = 1024)
        String approvedBy,
    @JsonPropertyDescription("What else there is to say.") @Size(max = 1024)
        @Nullable String comment) {}
