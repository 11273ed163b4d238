package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * An Assemblage is the set of syncs of the cluster that it stands in, which the agent there turns
 * into Flux objects; its ProxyAssemblage in the control plane writes it, and others may add their
 * own entries.
 */
@Group(FleetModule.GROUP)
@Version(FleetModule.VERSION)
@Kind("Assemblage")
@Singular("assemblage")
@Plural("assemblages")
@ShortNames("asm")
@Categories("fleet")
@JsonClassDescription(
    "An Assemblage is the set of syncs of the cluster that it stands in, which the agent there turns into Flux objects; its ProxyAssemblage in the control plane writes it, and others may add their own entries.")
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(
    name = "Reason",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason")
@AdditionalPrinterColumn(
    name = "Syncs",
    jsonPath = ".status.summary.total",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Succeeded",
    jsonPath = ".status.summary.succeeded",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Failed",
    jsonPath = ".status.summary.failed",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Applied", jsonPath = ".status.applied")
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(
    name = "Message",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].message",
    priority = 1)
public final class Assemblage extends CustomResource<AssemblageSpec, AssemblageStatus>
    implements Namespaced {
  @Override
  @Required
  @JsonPropertyDescription("What shall run in the cluster.")
  public AssemblageSpec getSpec() {
    return super.getSpec();
  }

  @Override
  @Default("{\"observedGeneration\":-1}")
  @JsonPropertyDescription("What runs in the cluster, as Flux says.")
  public AssemblageStatus getStatus() {
    return super.getStatus();
  }
}
