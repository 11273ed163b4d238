package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.crd.flux.helm.v2.helmreleasespec.DriftDetection;
import dev.tranche.crd.flux.helm.v2.helmreleasespec.HealthCheckExprs;
import dev.tranche.crd.flux.helm.v2.helmreleasespec.Install;
import dev.tranche.crd.flux.helm.v2.helmreleasespec.PostRenderers;
import dev.tranche.crd.flux.helm.v2.helmreleasespec.Rollback;
import dev.tranche.crd.flux.helm.v2.helmreleasespec.Test;
import dev.tranche.crd.flux.helm.v2.helmreleasespec.Uninstall;
import dev.tranche.crd.flux.helm.v2.helmreleasespec.Upgrade;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A Helm release; where nothing else is said, the fields mean what they mean in a Flux HelmRelease.
 * Durations are written as Go does, such as 1h30m.
 *
 * @param chart null means the root of a git source, and the artifact itself of an OCI source
 * @param releaseName null means the name of the sync
 * @param storageNamespace null means {@code targetNamespace}
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
    value =
        "!(has(self.install) && has(self.install.disableWait) && self.install.disableWait) && !(has(self.upgrade) && has(self.upgrade.disableWait) && self.upgrade.disableWait)",
    message =
        "disableWait would report a release that is not healthy as succeeded; use timeout and healthCheckExprs")
public record HelmPackage(
    @JsonPropertyDescription(
            "The folder of the chart within a git source; left out, its root. An OCI source is the chart itself.")
        @Size(min = 1, max = 4096)
        @Nullable String chart,
    @JsonPropertyDescription(
            "Values files within a git source, later ones over earlier ones; left out, the chart's values.yaml.")
        @Size(max = 64)
        List<String> valuesFiles,
    @JsonPropertyDescription("The name of the release. Left out, the name of the sync.")
        @Size(min = 1, max = 53)
        @Nullable String releaseName,
    @JsonPropertyDescription("The namespace of the release in the workload cluster.")
        @Required
        @Size(min = 1, max = 63)
        String targetNamespace,
    @JsonPropertyDescription(
            "The namespace in the workload cluster where Helm keeps its records. Left out, targetNamespace.")
        @Size(min = 1, max = 63)
        @Nullable String storageNamespace,
    @JsonPropertyDescription("The values of the release, merged over those of the chart.")
        Map<String, JsonNode> values,
    @JsonPropertyDescription(
            "Secrets and ConfigMaps with more values, which stand in the namespace of the assemblage. In an assemblage only: a module mentions a binding in values.")
        @Size(max = 64)
        List<HelmValuesFrom> valuesFrom,
    @JsonPropertyDescription(
            "How it is installed. Without remediation or strategy a failure is tried again after retryInterval.")
        @Nullable Install install,
    @JsonPropertyDescription(
            "How it is upgraded. Without remediation or strategy a failure is tried again after retryInterval.")
        @Nullable Upgrade upgrade,
    @JsonPropertyDescription("How Helm rolls back, where upgrade.remediation asks for it.")
        @Nullable Rollback rollback,
    @JsonPropertyDescription("How it is uninstalled when it is withdrawn.")
        @Nullable Uninstall uninstall,
    @JsonPropertyDescription("Whether the chart's tests have to pass.") @Nullable Test test,
    @JsonPropertyDescription(
            "Whether what others changed in the cluster is set right. Left out, enabled.")
        @Nullable DriftDetection driftDetection,
    @JsonPropertyDescription("Changes to the manifests that the chart renders.") @Size(max = 64)
        List<PostRenderers> postRenderers,
    @JsonPropertyDescription("CEL expressions that say when a custom resource is healthy.")
        @Size(max = 256)
        List<HealthCheckExprs> healthCheckExprs,
    @JsonPropertyDescription("How long each step of Helm may take, becoming healthy included.")
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
            "The service account in the workload cluster under which Helm works there.")
        @Size(min = 1, max = 253)
        @Nullable String serviceAccountName,
    @JsonPropertyDescription("How many revisions of the release Helm keeps; 0 keeps all.")
        @Default("5")
        @Min(0)
        @Max(1000)
        @Nullable Long maxHistory) {

  public HelmPackage {
    valuesFiles = Lists.copy(valuesFiles);
    values = Lists.copy(values);
    valuesFrom = Lists.copy(valuesFrom);
    postRenderers = Lists.copy(postRenderers);
    healthCheckExprs = Lists.copy(healthCheckExprs);
  }
}
