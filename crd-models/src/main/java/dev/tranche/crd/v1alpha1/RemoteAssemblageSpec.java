package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tranche.crd.generation.AtomicItems;
import dev.tranche.crd.generation.ListMap;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** What shall run in one cluster. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@SchemaCustomizer(value = ListMap.class, input = "syncs=origin+name")
@SchemaCustomizer(value = AtomicItems.class, input = "syncs")
@ValidationRule(
    value = "!has(self.syncs) || self.syncs.all(sync, !has(sync.bindings))",
    message =
        "bindings are resolved in the workload cluster, so they stand in an Assemblage or a ProxyAssemblage")
public record RemoteAssemblageSpec(
    @JsonPropertyDescription("The Secret of this namespace with the kubeconfig of the cluster.")
        @Required
        KubeconfigRef kubeconfigRef,
    @JsonPropertyDescription(
            "The syncs, one per origin and name. Whoever writes an entry owns it alone.")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @Size(max = 1024)
        List<AssignedSync> syncs) {

  public RemoteAssemblageSpec {
    syncs = Lists.copy(syncs);
  }
}
