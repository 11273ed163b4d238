package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A Kubernetes label selector over Clusters; everything in it must hold, so an empty one selects
 * all.
 *
 * <p>A type of its own instead of metav1.LabelSelector, so that the API server refuses an operator
 * that does not exist.
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ClusterSelector(
    @JsonPropertyDescription("Labels that a Cluster must have with exactly these values.")
        @Size(max = 64)
        Map<String, String> matchLabels,
    @JsonPropertyDescription("Requirements that the labels of a Cluster must meet, all of them.")
        @Size(max = 64)
        List<Requirement> matchExpressions) {

  public ClusterSelector {
    matchLabels = Lists.copy(matchLabels);
    matchExpressions = Lists.copy(matchExpressions);
  }

  /** Whether a cluster with these labels is selected. */
  public boolean matches(Map<String, String> labels) {
    return matchLabels.entrySet().stream()
            .allMatch(e -> e.getValue().equals(labels.get(e.getKey())))
        && matchExpressions.stream().allMatch(requirement -> requirement.matches(labels));
  }

  /**
   * One requirement.
   *
   * @param operator null where a newer version wrote one that this one does not know: it then
   *     selects nothing
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  @ValidationRule(
      value =
          "self.operator in ['In', 'NotIn'] ? has(self.values) && size(self.values) > 0 : !has(self.values) || size(self.values) == 0",
      message = "In and NotIn need values; Exists and DoesNotExist take none")
  public record Requirement(
      @JsonPropertyDescription("The label.") @Required @Size(min = 1, max = 317) String key,
      @JsonPropertyDescription("In, NotIn, Exists or DoesNotExist.") @Required
          @Nullable Operator operator,
      @JsonPropertyDescription("The values for In and NotIn.") @Size(max = 256)
          List<@Size(max = 63) String> values) {

    public Requirement {
      values = Lists.copy(values);
    }

    boolean matches(Map<String, String> labels) {
      if (operator == null) {
        return false;
      }
      return switch (operator) {
        case IN -> labels.containsKey(key) && values.contains(labels.get(key));
        case NOT_IN -> !labels.containsKey(key) || !values.contains(labels.get(key));
        case EXISTS -> labels.containsKey(key);
        case DOES_NOT_EXIST -> !labels.containsKey(key);
      };
    }
  }

  /** The operators of metav1.LabelSelectorRequirement. */
  public enum Operator {
    @JsonProperty("In")
    IN,
    @JsonProperty("NotIn")
    NOT_IN,
    @JsonProperty("Exists")
    EXISTS,
    @JsonProperty("DoesNotExist")
    DOES_NOT_EXIST
  }
}
