package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * An exact version. A module gives one of the three; an entry of an assemblage may give the tag
 * that a digest was found under, where the digest is what counts.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value = "has(self.tag) || has(self.semver) || has(self.digest)",
    message = "give a tag, a semver range or a digest")
@ValidationRule(
    value = "!has(self.semver) || (!has(self.tag) && !has(self.digest))",
    message = "a semver range stands alone; leave out tag and digest")
public record OciVersion(
    @JsonPropertyDescription("A tag of the artifact.")
        @Size(min = 1, max = 255)
        @Pattern("^[A-Za-z0-9_$][A-Za-z0-9._$()-]*$")
        @Nullable String tag,
    @JsonPropertyDescription(
            "A range of semantic versions, such as >=1.2.0 <2.0.0 or 1.x; the newest tag within is taken.")
        @Size(min = 1, max = 255)
        @Nullable String semver,
    @JsonPropertyDescription("The digest of the artifact's manifest, such as sha256:….")
        @Pattern("^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$")
        @Nullable String digest) {

  /** The tag where there is one, else the range, else the digest. */
  @Override
  public String toString() {
    return tag != null ? tag : semver != null ? semver : String.valueOf(digest);
  }
}
