package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tranche.crd.generation.ListMap;
import dev.tranche.crd.generation.StringForm;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.IntOrString;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * In which steps a version is brought to the clusters.
 *
 * @param strategy null means Staged where there are stages, else Incremental
 * @param unmatched null means LastStage
 * @param joining null means Stable
 * @param failure null means what an empty one does
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@SchemaCustomizer(value = StringForm.class, input = "maxUnready=" + Shares.AT_LEAST_ONE)
@SchemaCustomizer(value = ListMap.class, input = "stages=name")
@ValidationRule(
    value =
        "!has(self.strategy) || self.strategy != 'Staged' || (has(self.stages) && size(self.stages) > 0)",
    message = "strategy Staged needs stages")
@ValidationRule(
    value =
        "!has(self.strategy) || self.strategy == 'Staged' || !has(self.stages) || size(self.stages) == 0",
    message = "stages need strategy Staged, which is also what leaving strategy out means")
@ValidationRule(
    value = "!has(self.unmatched) || (has(self.stages) && size(self.stages) > 0)",
    message = "unmatched is about clusters that no stage selects, so it needs stages")
@ValidationRule(
    value = "!has(self.order) || !has(self.strategy) || self.strategy != 'Replace'",
    message = "strategy Replace changes all clusters at once, so there is no order")
@ValidationRule(
    value =
        "!has(self.stages) || self.stages.all(stage, !has(stage.after) || !(stage.name in stage.after))",
    message = "stages[].after names the stage itself; a stage cannot wait for itself")
@ValidationRule(
    value =
        "!has(self.stages) || self.stages.all(stage, !has(stage.after) || stage.after.all(name, self.stages.exists(other, other.name == name)))",
    message = "stages[].after names a stage that is not in the list")
public record RolloutSpec(
    @JsonPropertyDescription(
            "Replace changes all clusters at once; Incremental changes as many at a time as maxUnready allows; Staged does so stage by stage. Left out, Staged where there are stages, else Incremental.")
        @Nullable RolloutStrategy strategy,
    @JsonPropertyDescription(
            "How many clusters may be without success on what they were assigned, in the fleet and in each stage that has no number of its own: a number, or a percentage, which rounds down but is at least 1. Replace knows no limit.")
        @Default("\"10%\"")
        @ValidationRule(value = Shares.AT_LEAST_ONE_RULE, message = Shares.AT_LEAST_ONE_MESSAGE)
        @Nullable IntOrString maxUnready,
    @JsonPropertyDescription("In which order the clusters of a stage take their turn.")
        @Nullable RolloutOrder order,
    @JsonPropertyDescription("The stages, in the order in which they follow each other.")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @Size(max = 32)
        List<RolloutStage> stages,
    @JsonPropertyDescription(
            "What becomes of selected clusters that no stage selects: LastStage has them follow as a stage of their own, named unmatched, after all others; Ignore leaves them as they are; Reject starts no rollout while there are any. Left out, LastStage.")
        @Nullable Unmatched unmatched,
    @JsonPropertyDescription(
            "What a cluster gets that joins while a rollout is underway and has nothing assigned yet: Stable gives it the stable revision first and the new one in its turn, Target the new one at once, Wait nothing until its turn comes. Left out, Stable, or Target with strategy Replace.")
        @Nullable Joining joining,
    @JsonPropertyDescription("What counts as failed, and what is done then.")
        @Nullable FailurePolicy failure,
    @JsonPropertyDescription(
            "When clusters may be given a new version: while any of the windows is open; at any time where there are none. Rolling back does not wait for them.")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @Size(max = 16)
        List<RolloutWindow> windows) {

  public RolloutSpec {
    stages = Lists.copy(stages);
    windows = Lists.copy(windows);
  }
}
