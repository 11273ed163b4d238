package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far a module was applied: to every cluster that could take part when its rollout was
 * completed.
 *
 * @param tag null where the version named none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SyncMarker(
    @JsonPropertyDescription("The commit, or the digest, that was applied everywhere.")
        String revision,
    @JsonPropertyDescription("The tag that it was found at.") @Nullable String tag,
    @JsonPropertyDescription("When it was moved there.") @Nullable Instant movedAt,
    @JsonPropertyDescription(
            "Where else it is kept: a Secret of this namespace, or a tag of the repository.")
        @Nullable String keptIn) {}
