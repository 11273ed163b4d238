package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import java.util.List;

/** What shall run in one cluster, and how it is reached. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ProxyAssemblageSpec(
    @JsonPropertyDescription("The Secret of this namespace with the kubeconfig of the cluster.")
        @Required
        KubeconfigRef kubeconfigRef,
    @JsonPropertyDescription("What the Assemblage in the cluster says.") @Default("{}")
        AssemblageSpec assemblage) {

  /** An assemblage that is left out is an empty one. */
  public ProxyAssemblageSpec {
    assemblage = assemblage == null ? new AssemblageSpec(List.of()) : assemblage;
  }
}
