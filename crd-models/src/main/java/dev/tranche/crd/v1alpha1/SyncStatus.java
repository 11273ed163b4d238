package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/**
 * The state of one sync.
 *
 * @param state null where a newer version wrote a state that this one does not know
 * @param lastTransitionTime RFC 3339, in UTC
 * @param appliedRevision null as long as Flux applied nothing
 * @param deletionPolicy null means Prune
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record SyncStatus(
    @JsonPropertyDescription("Who wrote the sync.") @Required String origin,
    @JsonPropertyDescription("The name of the sync.") @Required String name,
    @JsonPropertyDescription("The revision of the entry that this state speaks of.")
        @Nullable String revision,
    @JsonPropertyDescription("Updating, Succeeded, Failed or Waiting.") @Nullable SyncState state,
    @JsonPropertyDescription("A stable word for the reason of the state.") @Nullable String reason,
    @JsonPropertyDescription("What is the matter, and what to do where that is known.")
        @Nullable String message,
    @JsonPropertyDescription("When the state last became another one.")
        @Nullable String lastTransitionTime,
    @JsonPropertyDescription(
            "What Flux says that it applied, such as v1.4.0@sha1:<commit>; it stays when a later version fails.")
        @Nullable String appliedRevision,
    @JsonPropertyDescription(
            "Orphan once what was applied is left in the cluster when the entry is taken out.")
        @Nullable DeletionPolicy deletionPolicy) {

  /** What the sync is called within its assemblage. */
  @JsonIgnore
  public SyncKey key() {
    return new SyncKey(origin, name);
  }
}
