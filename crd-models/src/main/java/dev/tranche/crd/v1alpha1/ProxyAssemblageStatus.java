package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tranche.crd.generation.AtomicItems;
import dev.tranche.crd.generation.ListMap;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What runs in one cluster, as its Assemblage said when it was last read.
 *
 * @param lastContact RFC 3339, in UTC
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@SchemaCustomizer(value = ListMap.class, input = "syncs=origin+name")
@SchemaCustomizer(value = AtomicItems.class, input = "syncs")
public record ProxyAssemblageStatus(
    @JsonPropertyDescription("The generation of the spec that this status speaks of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("How many syncs are in which state.") @Nullable SyncSummary summary,
    @JsonPropertyDescription(
            "What is applied in the cluster, in one line for people: each sync with its exact version.")
        @Nullable String applied,
    @JsonPropertyDescription(
            "When the cluster was last heard of; while it is connected, written now and then only.")
        @Nullable String lastContact,
    @JsonPropertyDescription("The namespace in the cluster in which the Assemblage stands.")
        @Nullable String targetNamespace,
    @JsonPropertyDescription(
            "The state of each sync as the Assemblage says; one that is being withdrawn stays until nothing of it is left.")
        List<SyncStatus> syncs,
    @JsonPropertyDescription(
            "Connected says whether the cluster is reached; Ready whether every sync runs exactly as declared; Reconciling and Stalled are there while they are true, as kstatus reads them.")
        List<Condition> conditions) {

  public ProxyAssemblageStatus {
    syncs = Lists.copy(syncs);
    conditions = Lists.copy(conditions);
  }
}
