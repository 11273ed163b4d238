package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tranche.crd.flux.source.v1.OCIRepositorySpec;
import dev.tranche.crd.flux.source.v1.ocirepositoryspec.LayerSelector;
import dev.tranche.crd.flux.source.v1.ocirepositoryspec.Verify;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * An OCI artifact at an exact version; the fields besides {@code version} and {@code interval} mean
 * what they mean in a Flux OCIRepository.
 *
 * @param provider null means generic
 * @param insecure null means false
 * @param interval null means 10m
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record OciSource(
    @JsonPropertyDescription(
            "The address of the artifact without its version, such as oci://registry.example.com/apps/web.")
        @Required
        @Size(min = 7, max = 2048)
        @Pattern("^oci://.+$")
        String url,
    @JsonPropertyDescription("The exact version.") @Required OciVersion version,
    @JsonPropertyDescription(
            "The Secret of this namespace with the credentials for the registry, of type kubernetes.io/dockerconfigjson.")
        @Nullable SecretRef secretRef,
    @JsonPropertyDescription(
            "The Secret of this namespace with the certificates for the registry: ca.crt, and tls.crt with tls.key for a client certificate.")
        @Nullable SecretRef certSecretRef,
    @JsonPropertyDescription(
            "The Secret of this namespace with the proxy to use, in the form that a Flux OCIRepository takes.")
        @Nullable SecretRef proxySecretRef,
    @JsonPropertyDescription(
            "Whose registry it is, where Flux signs in with the identity that it runs under. Left out, generic: with secretRef or without credentials.")
        OCIRepositorySpec.@Nullable Provider provider,
    @JsonPropertyDescription("Whether the registry is asked by plain HTTP.")
        @Nullable Boolean insecure,
    @JsonPropertyDescription(
            "The service account of the namespace with image pull secrets for the registry.")
        @Size(min = 1, max = 253)
        @Nullable String serviceAccountName,
    @JsonPropertyDescription(
            "Which layer of the artifact is taken, and how. Left out, its first layer; with the package helm, the layer of the chart.")
        @Nullable LayerSelector layerSelector,
    @JsonPropertyDescription("Which signatures the artifact must have.") @Nullable Verify verify,
    @JsonPropertyDescription("Files to leave out, in the form of a .gitignore.") @Size(max = 65536)
        @Nullable String ignore,
    @JsonPropertyDescription(
            "How often the registry is asked what a tag or a range stands for now; at least 1s. Left out, 10m. It changes nothing that is assigned.")
        @Size(min = 1, max = Durations.MAX_LENGTH)
        @Pattern(Durations.PATTERN)
        @ValidationRule(
            value = Durations.A_SECOND_RULE,
            message = "the interval is at least 1s, so that the registry is not flooded")
        @Nullable String interval) {}
