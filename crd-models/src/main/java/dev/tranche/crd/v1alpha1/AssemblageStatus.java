package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tranche.crd.generation.AtomicItems;
import dev.tranche.crd.generation.ListMap;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What runs in one cluster, as Flux says. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@SchemaCustomizer(value = ListMap.class, input = "syncs=origin+name")
@SchemaCustomizer(value = AtomicItems.class, input = "syncs")
public record AssemblageStatus(
    @JsonPropertyDescription("The generation of the spec that this status speaks of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("How many syncs are in which state.") @Nullable SyncSummary summary,
    @JsonPropertyDescription(
            "What is applied in the cluster, in one line for people: each sync with its exact version.")
        @Nullable String applied,
    @JsonPropertyDescription(
            "The state of each sync; one that is being withdrawn stays until nothing of it is left.")
        List<SyncStatus> syncs,
    @JsonPropertyDescription(
            "Ready says whether every sync runs exactly as declared; Reconciling and Stalled are there while they are true, as kstatus reads them.")
        List<Condition> conditions) {

  public AssemblageStatus {
    syncs = Lists.copy(syncs);
    conditions = Lists.copy(conditions);
  }
}
