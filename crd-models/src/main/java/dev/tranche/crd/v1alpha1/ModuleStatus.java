package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tranche.crd.generation.ListMap;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What Tranche knows of a module. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@SchemaCustomizer(value = ListMap.class, input = "attention=cluster")
public record ModuleStatus(
    @JsonPropertyDescription("The generation of the spec that this status speaks of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription(
            "The version that the spec declares, as a person says it: the tag or the commit.")
        @Nullable String version,
    @JsonPropertyDescription(
            "Where that version was found, so that every cluster gets the same, whatever becomes of the tag. Not there where it differs per cluster.")
        @Nullable ExactSource source,
    @JsonPropertyDescription("How far the module was applied everywhere, where that is kept here.")
        @Nullable SyncMarker marker,
    @JsonPropertyDescription(
            "How many clusters are in which state; every selected cluster is in exactly one of them.")
        @Nullable Summary summary,
    @JsonPropertyDescription(
            "A word for the content that the spec declares; it changes whenever that does.")
        @Nullable String targetRevision,
    @JsonPropertyDescription(
            "A word for the content that every cluster that can take part last ran.")
        @Nullable String currentRevision,
    @JsonPropertyDescription(
            "The revision of the last rollout that was completed, which is what rolling back goes to.")
        @Nullable String stableRevision,
    @JsonPropertyDescription("How far the rollout of the target revision is.")
        @Nullable RolloutStatus rollout,
    @JsonPropertyDescription("The clusters that most need a look, the worst first; a few at most.")
        @Size(max = 10)
        List<Attention> attention,
    @JsonPropertyDescription(
            "Ready says whether every cluster that can take part runs exactly what is declared; Reconciling and Stalled are there while they are true, as kstatus reads them.")
        List<Condition> conditions) {

  public ModuleStatus {
    attention = Lists.copy(attention);
    conditions = Lists.copy(conditions);
  }
}
