package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/**
 * An exact version, or a range of which the highest counts; never a branch. A module gives exactly
 * one of them. An entry of an assemblage has no range; with a tag and a revision it has the commit,
 * which the tag was found at.
 *
 * @param tag null where none is given
 * @param revision null where none is given
 * @param semver null where none is given
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GitVersion(
    @JsonPropertyDescription(
            "A tag of the repository. The commit that it is at when it is first asked for is what runs, wherever it is moved to later.")
        @Size(min = 1, max = 255)
        @Pattern("^[^\\s~^:?*\\[\\\\]+$")
        @Nullable String tag,
    @JsonPropertyDescription("A full commit hash, 40 or 64 hexadecimal digits.")
        @Pattern("^([0-9a-f]{40}|[0-9a-f]{64})$")
        @Nullable String revision,
    @JsonPropertyDescription(
            "A range of semantic versions, such as \">=1.4.0 <2.0.0\" or \"1.x\": the tag with the highest one is what runs, and a new one is rolled out. Pre-releases only count where the range names one.")
        @Size(min = 1, max = 255)
        @Nullable String semver) {

  /** The version as a person says it: the tag, else the range or the commit. */
  @Override
  public String toString() {
    return tag != null ? tag : semver != null ? semver : String.valueOf(revision);
  }
}
