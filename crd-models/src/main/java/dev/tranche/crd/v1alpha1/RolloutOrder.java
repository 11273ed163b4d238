package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * In which order the clusters of a stage take their turn.
 *
 * @param by null means Name
 * @param label null unless {@code by} is Label
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value = "(has(self.by) && self.by == 'Label') == has(self.label)",
    message = "label goes with by: Label, and only with that")
public record RolloutOrder(
    @JsonPropertyDescription(
            "Name is by the name of the cluster; Random is another order for every revision, always the same for one; Label is by the value of a label, numbers by their size, clusters without it last.")
        @Default("\"Name\"")
        @Nullable By by,
    @JsonPropertyDescription("The label for by: Label.") @Size(min = 1, max = 317)
        @Nullable String label) {

  /** What an order can be by. */
  public enum By {
    @JsonProperty("Name")
    NAME,
    @JsonProperty("Random")
    RANDOM,
    @JsonProperty("Label")
    LABEL
  }
}
