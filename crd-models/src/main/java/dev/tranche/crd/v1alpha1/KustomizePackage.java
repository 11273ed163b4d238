package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tranche.crd.flux.kustomize.v1.kustomizationspec.Decryption;
import dev.tranche.crd.flux.kustomize.v1.kustomizationspec.HealthCheckExprs;
import dev.tranche.crd.flux.kustomize.v1.kustomizationspec.HealthChecks;
import dev.tranche.crd.flux.kustomize.v1.kustomizationspec.Images;
import dev.tranche.crd.flux.kustomize.v1.kustomizationspec.Patches;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A kustomization; the fields mean what they mean in a Flux Kustomization. Durations are written as
 * Go does, such as 1h30m.
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record KustomizePackage(
    @JsonPropertyDescription("The folder of the kustomization within the source.")
        @Default("\".\"")
        @Size(max = 4096)
        @Nullable String path,
    @JsonPropertyDescription("Variables that are replaced in the built manifests, as ${name}.")
        @Size(max = 256)
        Map<String, String> substitute,
    @JsonPropertyDescription(
            "Secrets whose data are such variables too, which stand in the namespace of the assemblage. In an assemblage only: a module reads a Secret by a binding.")
        @Size(max = 64)
        List<SecretRef> substituteFrom,
    @JsonPropertyDescription(
            "The namespace that is set on, or overrides that of, every namespaced object.")
        @Size(min = 1, max = 63)
        @Nullable String targetNamespace,
    @JsonPropertyDescription("Strategic-merge and JSON 6902 patches.") @Size(max = 256)
        List<Patches> patches,
    @JsonPropertyDescription("Replacements of image names, tags and digests.") @Size(max = 256)
        List<Images> images,
    @JsonPropertyDescription("Relative paths of kustomize components.") @Size(max = 256)
        List<String> components,
    @JsonPropertyDescription(
            "Objects to wait for; left out, everything that is applied is waited for.")
        @Size(max = 256)
        List<HealthChecks> healthChecks,
    @JsonPropertyDescription("CEL expressions that say when a custom resource is healthy.")
        @Size(max = 256)
        List<HealthCheckExprs> healthCheckExprs,
    @JsonPropertyDescription("How long building, applying and becoming healthy may take together.")
        @Default("\"5m\"")
        @Pattern("^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$")
        @Nullable String timeout,
    @JsonPropertyDescription(
            "How often what runs is compared with what should run, while nothing changes.")
        @Default("\"1h\"")
        @Pattern("^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$")
        @Nullable String interval,
    @JsonPropertyDescription("How soon a failure is tried again.")
        @Default("\"30s\"")
        @Pattern("^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$")
        @Nullable String retryInterval,
    @JsonPropertyDescription(
            "The service account in the workload cluster under which the objects are applied.")
        @Size(min = 1, max = 253)
        @Nullable String serviceAccountName,
    @JsonPropertyDescription(
            "Whether objects that are no longer in the source are deleted, all of them when the module is withdrawn.")
        @Default("true")
        @Nullable Boolean prune,
    @JsonPropertyDescription(
            "Whether objects are made again when a field that cannot change has to.")
        @Default("false")
        @Nullable Boolean force,
    @JsonPropertyDescription("How encrypted files in the source are decrypted.")
        @Nullable Decryption decryption) {

  public KustomizePackage {
    substitute = Lists.copy(substitute);
    substituteFrom = Lists.copy(substituteFrom);
    patches = Lists.copy(patches);
    images = Lists.copy(images);
    components = Lists.copy(components);
    healthChecks = Lists.copy(healthChecks);
    healthCheckExprs = Lists.copy(healthCheckExprs);
  }
}
