package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tranche.crd.generation.ListMap;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is fetched and how it is applied: one unit of configuration. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@SchemaCustomizer(value = ListMap.class, input = "bindings=name")
@ValidationRule(
    value =
        "!has(self.source.oci) || !has(self.package) || !has(self.package.helm) || (!has(self.package.helm.chart) && !has(self.package.helm.valuesFiles))",
    message =
        "an OCI source is the chart itself; chart and valuesFiles are for a chart in a git source")
public record Sync(
    @JsonPropertyDescription("Where the configuration comes from.") @Required Source source,
    @JsonPropertyDescription(
            "How it is built and applied; left out, the kustomization at the root of the source.")
        @JsonProperty("package")
        @Default("{\"kustomize\":{}}")
        @Nullable SyncPackage syncPackage,
    @JsonPropertyDescription(
            "Values that are resolved in the workload cluster; $(NAME) mentions one. Only with delivery Proxy.")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @Size(max = 64)
        List<Binding> bindings) {

  public Sync {
    bindings = Lists.copy(bindings);
  }
}
