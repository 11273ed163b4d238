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
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What shall run, and where.
 *
 * @param selector the clusters; null selects none, an empty one all
 * @param suspend whether everything assigned stays as it is; null is false
 * @param delivery null means Remote
 * @param rollout null changes everything at once
 * @param revisionHistoryLimit null means 10
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@SchemaCustomizer(value = ListMap.class, input = "controlPlaneBindings=name")
@SchemaCustomizer(value = ListMap.class, input = "dependsOn=name")
@ValidationRule(
    value =
        "!has(self.sync.bindings) || size(self.sync.bindings) == 0 || (has(self.delivery) && self.delivery == 'Proxy')",
    message =
        "sync.bindings are resolved in the workload cluster, so they need delivery: Proxy; use controlPlaneBindings for what is known in the control plane")
@ValidationRule(
    value =
        "!has(self.sync.bindings) || !has(self.controlPlaneBindings) || self.sync.bindings.all(binding, !self.controlPlaneBindings.exists(other, other.name == binding.name))",
    message = "a name is bound once, in controlPlaneBindings or in sync.bindings")
@ValidationRule(
    value =
        "!has(self.sync.package) || !has(self.sync.package.kustomize) || !has(self.sync.package.kustomize.substituteFrom) || size(self.sync.package.kustomize.substituteFrom) == 0",
    message =
        "substituteFrom is for assemblages; bind what you need of a Secret and mention it in substitute, which hands it over as a Secret")
@ValidationRule(
    value =
        "!has(self.sync.package) || !has(self.sync.package.helm) || !has(self.sync.package.helm.valuesFrom) || size(self.sync.package.helm.valuesFrom) == 0",
    message =
        "valuesFrom is for assemblages; bind what you need and mention it in values, which hands values of Secrets over as a Secret")
@ValidationRule(
    value =
        "!has(self.sync.source.oci) || !has(self.sync.source.oci.version.tag) || !has(self.sync.source.oci.version.digest)",
    message = "give exactly one of tag, semver and digest")
@ValidationRule(
    value =
        "!has(self.sync.source.git) || [has(self.sync.source.git.version.tag), has(self.sync.source.git.version.revision), has(self.sync.source.git.version.semver)].exists_one(given, given)",
    message =
        "give exactly one of tag, revision and semver; a module is an exact version, never a branch")
public record ModuleSpec(
    @JsonPropertyDescription(
            "Which Cluster API Clusters of this namespace run it. Left out it selects none; an empty selector selects all.")
        @Nullable ClusterSelector selector,
    @JsonPropertyDescription(
            "The handbrake: while true nothing that is assigned to a cluster changes, on no cluster.")
        @Default("false")
        @Nullable Boolean suspend,
    @JsonPropertyDescription(
            "Remote: Flux in the control plane applies it through the cluster's kubeconfig. Proxy: Flux in the cluster applies it. Changing it leaves running what runs.")
        @Default("\"Remote\"")
        @Nullable Delivery delivery,
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

  /** How it is delivered, {@link Delivery#REMOTE} where nothing is said. */
  @JsonIgnore
  public Delivery deliveryOrDefault() {
    return delivery == null ? Delivery.REMOTE : delivery;
  }

  /** Whether everything assigned stays as it is. */
  @JsonIgnore
  public boolean suspended() {
    return Boolean.TRUE.equals(suspend);
  }
}
