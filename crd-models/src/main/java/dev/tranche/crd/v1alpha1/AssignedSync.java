package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tranche.crd.generation.ListMap;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One entry of an assemblage: a sync for one cluster.
 *
 * @param deletionPolicy null means Prune
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@SchemaCustomizer(value = ListMap.class, input = "bindings=name")
@ValidationRule(
    value =
        "!has(self.source.oci) || !has(self.package) || !has(self.package.helm) || (!has(self.package.helm.chart) && !has(self.package.helm.valuesFiles))",
    message =
        "an OCI source is the chart itself; chart and valuesFiles are for a chart in a git source")
@ValidationRule(
    value = "!has(self.source.oci) || !has(self.source.oci.version.semver)",
    message =
        "an assemblage is given exact versions; resolve the semver range to a digest or a tag")
@ValidationRule(
    value =
        "!has(self.source.git) || (!has(self.source.git.version.semver) && (has(self.source.git.version.tag) || has(self.source.git.version.revision)))",
    message =
        "give a tag, a revision, or both; what is assigned to a cluster is exact, so that a range is for modules")
public record AssignedSync(
    @JsonPropertyDescription("Who wrote it: Module, BootstrapModule, or a word of somebody else.")
        @Required
        @Size(min = 1, max = 63)
        @Pattern("^[A-Za-z]([A-Za-z0-9.-]*[A-Za-z0-9])?$")
        String origin,
    @JsonPropertyDescription(
            "The name, unique among those of the same origin; for a module, its name.")
        @Required
        @Size(min = 1, max = 253)
        @Pattern("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
        String name,
    @JsonPropertyDescription("A word that changes whenever the content of this entry does.")
        @Required
        @Size(min = 1, max = 128)
        String revision,
    @JsonPropertyDescription("Where the configuration comes from.") @Required Source source,
    @JsonPropertyDescription(
            "How it is built and applied; left out, the kustomization at the root of the source.")
        @JsonProperty("package")
        @Default("{\"kustomize\":{}}")
        @Nullable SyncPackage syncPackage,
    @JsonPropertyDescription(
            "Values that are resolved in the workload cluster; $(NAME) mentions one. None in a RemoteAssemblage, whose entries are taken as they are.")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @Size(max = 64)
        List<Binding> bindings,
    @JsonPropertyDescription(
            "What becomes of what was applied once this entry is taken out: Prune removes it from the cluster, which leaving this out means, Orphan leaves it there.")
        @Nullable DeletionPolicy deletionPolicy) {

  public AssignedSync {
    bindings = Lists.copy(bindings);
  }

  /** What this entry is called within its assemblage. */
  @JsonIgnore
  public SyncKey key() {
    return new SyncKey(origin, name);
  }
}
