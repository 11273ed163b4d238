package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a source is built and applied: one of the two.
 *
 * @param kustomize null where {@code helm} is given
 * @param helm null where {@code kustomize} is given
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value = "has(self.kustomize) != has(self.helm)",
    message = "give exactly one of kustomize and helm")
public record SyncPackage(
    @JsonPropertyDescription("Built with kustomize and applied with server-side apply.")
        @Nullable KustomizePackage kustomize,
    @JsonPropertyDescription("Installed and upgraded as a Helm release.")
        @Nullable HelmPackage helm) {

  /** A kustomization. */
  public static SyncPackage kustomize(KustomizePackage kustomize) {
    return new SyncPackage(kustomize, null);
  }

  /** A Helm release. */
  public static SyncPackage helm(HelmPackage helm) {
    return new SyncPackage(null, helm);
  }

  /**
   * The names of the Secrets in the namespace of the assemblage whose data become variables or
   * values.
   */
  @JsonIgnore
  public List<String> secretsWithValues() {
    if (helm != null) {
      return helm.valuesFrom().stream()
          .filter(from -> from.kind() == HelmValuesFrom.Kind.SECRET)
          .map(HelmValuesFrom::name)
          .toList();
    }
    return kustomize == null
        ? List.of()
        : kustomize.substituteFrom().stream().map(SecretRef::name).toList();
  }
}
