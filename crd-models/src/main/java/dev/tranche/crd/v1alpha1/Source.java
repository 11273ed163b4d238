package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where configuration comes from: one of the two.
 *
 * @param git null where {@code oci} is given
 * @param oci null where {@code git} is given
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value = "has(self.git) != has(self.oci)",
    message = "give exactly one of git and oci")
public record Source(
    @JsonPropertyDescription("A git repository at an exact version.") @Nullable GitSource git,
    @JsonPropertyDescription("An artifact or a Helm chart in an OCI registry at an exact version.")
        @Nullable OciSource oci) {

  /** A git repository. */
  public static Source git(GitSource git) {
    return new Source(git, null);
  }

  /** An OCI artifact. */
  public static Source oci(OciSource oci) {
    return new Source(null, oci);
  }

  /** The version as a person says it: the tag, the range, the commit or the digest. */
  @JsonIgnore
  public String version() {
    return git != null ? git.version().toString() : either().version().toString();
  }

  /** Where it is fetched from. */
  @JsonIgnore
  public String url() {
    return git != null ? git.url() : either().url();
  }

  /** The Secret of the assemblage's namespace with the credentials; null where none are needed. */
  @JsonIgnore
  public @Nullable SecretRef secretRef() {
    return git != null ? git.secretRef() : either().secretRef();
  }

  private OciSource either() {
    return Objects.requireNonNull(oci, "a source has git or oci");
  }
}
