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
 * A ProxyAssemblage is the set of syncs of one cluster that Flux in that cluster applies; it keeps
 * an Assemblage there equal to what it says. Tranche writes one per cluster, and others may add
 * their own entries.
 */
@Group(FleetModule.GROUP)
@Version(FleetModule.VERSION)
@Kind("ProxyAssemblage")
@Singular("proxyassemblage")
@Plural("proxyassemblages")
@ShortNames("pasm")
@Categories("fleet")
@JsonClassDescription(
    "A ProxyAssemblage is the set of syncs of one cluster that Flux in that cluster applies; it keeps an Assemblage there equal to what it says. Tranche writes one per cluster, and others may add their own entries.")
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(
    name = "Connected",
    jsonPath = ".status.conditions[?(@.type==\"Connected\")].status")
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
    name = "LastContact",
    jsonPath = ".status.lastContact",
    type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(
    name = "Message",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].message",
    priority = 1)
public final class ProxyAssemblage
    extends CustomResource<ProxyAssemblageSpec, ProxyAssemblageStatus> implements Namespaced {
  @Override
  @Required
  @JsonPropertyDescription("What shall run in the cluster.")
  public ProxyAssemblageSpec getSpec() {
    return super.getSpec();
  }

  @Override
  @Default("{\"observedGeneration\":-1}")
  @JsonPropertyDescription("What runs in the cluster, as its Assemblage says.")
  public ProxyAssemblageStatus getStatus() {
    return super.getStatus();
  }
}
