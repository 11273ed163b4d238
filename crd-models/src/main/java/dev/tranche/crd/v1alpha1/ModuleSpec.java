package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tranche.crd.generation.ListMap;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What shall run, and where.
 *
 * @param selector the clusters; null selects none, an empty one all
 * @param suspend whether everything assigned stays as it is; null is false
 * @param rollout null changes everything at once
 * @param revisionHistoryLimit null means 10
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@SchemaCustomizer(value = ListMap.class, input = "controlPlaneBindings=name")
@SchemaCustomizer(value = ListMap.class, input = "dependsOn=name")
public record ModuleSpec(
    @JsonPropertyDescription(
            "Which Cluster API Clusters of this namespace run it. Left out it selects none; an empty selector selects all.")
        @Nullable ClusterSelector selector,
    @JsonPropertyDescription(
            "The handbrake: while true nothing that is assigned to a cluster changes, on no cluster.")
        @Default("false")
        @Nullable Boolean suspend,
    @JsonPropertyDescription(
            "Values that differ per cluster, resolved in the control plane; $(NAME) mentions one in the sync, $$(NAME) writes it literally. CLUSTER_NAME is always there.")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @Size(max = 64)
        List<Binding> controlPlaneBindings,
    @JsonPropertyDescription("What every selected cluster runs.") @Required Sync sync,
    @JsonPropertyDescription(
            "In which steps a change is brought to the clusters. Left out, all at once: failures are reported and stop nothing.")
        @Nullable RolloutSpec rollout,
    @JsonPropertyDescription(
            "Clusters that are kept at a revision; where several pins hold a cluster, the first in the list counts.")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @Size(max = 64)
        List<Pin> pins,
    @JsonPropertyDescription(
            "Modules of the same kind and namespace that must have succeeded on a cluster before this one is assigned there.")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @Size(max = 32)
        List<ModuleDependency> dependsOn,
    @JsonPropertyDescription(
            "How many former revisions are kept, as ControllerRevisions, beside those that are in use.")
        @Default("10")
        @Min(0)
        @Max(100)
        @Nullable Integer revisionHistoryLimit) {

  public ModuleSpec {
    controlPlaneBindings = Lists.copy(controlPlaneBindings);
    pins = Lists.copy(pins);
    dependsOn = Lists.copy(dependsOn);
  }

  /** Whether everything assigned stays as it is. */
  @JsonIgnore
  public boolean suspended() {
    return Boolean.TRUE.equals(suspend);
  }
}
