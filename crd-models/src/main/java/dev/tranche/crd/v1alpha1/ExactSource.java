package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/**
 * What the declared version is, exactly.
 *
 * @param tag null where the version names none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ExactSource(
    @JsonPropertyDescription("The address that was asked.") String url,
    @JsonPropertyDescription("The tag that the version names, or the range matched.")
        @Nullable String tag,
    @JsonPropertyDescription("The commit, or the digest, that every cluster gets.")
        String revision) {}
