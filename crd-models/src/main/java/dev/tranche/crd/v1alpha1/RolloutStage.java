package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tranche.crd.generation.StringForm;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.IntOrString;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Clusters that take their turn together.
 *
 * @param sample null takes all clusters that the selector matches
 * @param maxUnready null means that of the rollout
 * @param ramp null means no batches
 * @param after null means the stage before it in the list; an empty list, none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@SchemaCustomizer(value = StringForm.class, input = "maxUnready=" + Shares.AT_LEAST_ONE)
@ValidationRule(
    value = "!has(self.gates) || self.gates.filter(gate, has(gate.approval)).size() <= 1",
    message = "a stage has at most one approval gate, since an approval names the stage")
public record RolloutStage(
    @JsonPropertyDescription("The name, by which approvals and other stages mention it.")
        @Required
        @Size(min = 1, max = 63)
        @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
        String name,
    @JsonPropertyDescription(
            "Which of the module's clusters; an empty selector selects all. A cluster belongs to the first stage that selects it.")
        @Required
        ClusterSelector selector,
    @JsonPropertyDescription(
            "Takes only some of the clusters; the others fall to later stages. Left out, all.")
        @Nullable Sample sample,
    @JsonPropertyDescription(
            "How many clusters of this stage may be without success on what they were assigned; the stage then has this limit alone, instead of those of the rollout for a stage and for the fleet. Left out, what the rollout says.")
        @ValidationRule(value = Shares.AT_LEAST_ONE_RULE, message = Shares.AT_LEAST_ONE_MESSAGE)
        @Nullable IntOrString maxUnready,
    @JsonPropertyDescription(
            "What must hold, one after the other, once all clusters of the stage have succeeded, before it counts as passed.")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @Size(max = 8)
        List<Gate> gates,
    @JsonPropertyDescription(
            "Begins with a small batch and goes on with larger ones, each once the one before is settled. Left out, maxUnready alone says how many at a time.")
        @Nullable Ramp ramp,
    @JsonPropertyDescription(
            "The stages that must have been passed before this one starts. Left out, the stage before it in the list; an empty list starts it at once.")
        @Size(max = 32)
        @Nullable List<@Size(min = 1, max = 63) String> after) {

  public RolloutStage {
    gates = Lists.copy(gates);
    after = after == null ? null : List.copyOf(after);
  }

  /**
   * Only some clusters of a stage.
   *
   * @param perLabel null spreads them over nothing
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Sample(
      @JsonPropertyDescription(
              "How many clusters; with perLabel, how many of each value of the label.")
          @Required
          @Min(1)
          @Max(100)
          int count,
      @JsonPropertyDescription("The label over whose values they are spread.")
          @Size(min = 1, max = 317)
          @Nullable String perLabel) {}

  /**
   * Batches that grow.
   *
   * @param start null means 1
   * @param factor null means 2
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Ramp(
      @JsonPropertyDescription("How many clusters are in the first batch.")
          @Default("1")
          @Min(1)
          @Max(1000000)
          @Nullable Integer start,
      @JsonPropertyDescription("How many times larger than the one before each batch is.")
          @Default("2")
          @Min(1)
          @Max(1000000)
          @Nullable Integer factor) {}
}
