package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tranche.crd.generation.AtomicItems;
import dev.tranche.crd.generation.ListMap;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** What shall run in the cluster in which an Assemblage stands. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@SchemaCustomizer(value = ListMap.class, input = "syncs=origin+name")
@SchemaCustomizer(value = AtomicItems.class, input = "syncs")
public record AssemblageSpec(
    @JsonPropertyDescription(
            "The syncs, one per origin and name. Whoever writes an entry owns it alone.")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @Size(max = 1024)
        List<AssignedSync> syncs) {

  public AssemblageSpec {
    syncs = Lists.copy(syncs);
  }
}
