package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tranche.crd.flux.source.v1.gitrepositoryspec.Include;
import dev.tranche.crd.flux.source.v1.gitrepositoryspec.Verify;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A git repository at an exact version; the fields besides {@code version} mean what they mean in a
 * Flux GitRepository.
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record GitSource(
    @JsonPropertyDescription("The address of the repository: http, https or ssh.")
        @Required
        @Size(min = 1, max = 2048)
        @Pattern("^(http|https|ssh)://.+$")
        String url,
    @JsonPropertyDescription("The exact version.") @Required GitVersion version,
    @JsonPropertyDescription(
            "The Secret of this namespace with the credentials for the repository, in the form that a Flux GitRepository takes.")
        @Nullable SecretRef secretRef,
    @JsonPropertyDescription(
            "The Secret of this namespace with the proxy to use, in the form that a Flux GitRepository takes.")
        @Nullable SecretRef proxySecretRef,
    @JsonPropertyDescription("Which signatures the commit or the tag must have.")
        @Nullable Verify verify,
    @JsonPropertyDescription("Files to leave out, in the form of a .gitignore.") @Size(max = 65536)
        @Nullable String ignore,
    @JsonPropertyDescription("Whether submodules are fetched too.")
        @Nullable Boolean recurseSubmodules,
    @JsonPropertyDescription("The only folders to check out.") @Size(max = 256)
        List<String> sparseCheckout,
    @JsonPropertyDescription(
            "Other GitRepositories of this namespace whose content is put into this one.")
        @Size(max = 64)
        List<Include> include,
    @JsonPropertyDescription(
            "How often the repository is asked for a tag or a range; left out, every 5m. An assemblage does not need it.")
        @Pattern(Durations.PATTERN)
        @Size(max = Durations.MAX_LENGTH)
        @ValidationRule(value = Durations.A_SECOND_RULE, message = "must be 1s or longer")
        @Nullable String interval) {

  public GitSource {
    sparseCheckout = Lists.copy(sparseCheckout);
    include = Lists.copy(include);
  }

  /** A repository at a version, with nothing else said of it. */
  public static GitSource of(String url, GitVersion version) {
    return new GitSource(url, version, null, null, null, null, null, List.of(), List.of(), null);
  }
}
