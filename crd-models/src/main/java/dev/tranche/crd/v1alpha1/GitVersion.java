package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * An exact version: a tag or a commit, never a branch.
 *
 * @param tag null where {@code revision} is given
 * @param revision null where {@code tag} is given
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value = "has(self.tag) != has(self.revision)",
    message = "give exactly one of tag and revision; a module is an exact version, never a branch")
public record GitVersion(
    @JsonPropertyDescription("A tag of the repository.")
        @Size(min = 1, max = 255)
        @Pattern("^[^\\s~^:?*\\[\\\\]+$")
        @Nullable String tag,
    @JsonPropertyDescription("A full commit hash, 40 or 64 hexadecimal digits.")
        @Pattern("^([0-9a-f]{40}|[0-9a-f]{64})$")
        @Nullable String revision) {

  @Override
  public String toString() {
    return tag != null ? tag : String.valueOf(revision);
  }
}
