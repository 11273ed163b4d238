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
 * A RolloutApproval lets a rollout of one revision past the approval gate of one stage; it is a
 * kind of its own so that RBAC can say who may approve.
 */
@Group(FleetModule.GROUP)
@Version(FleetModule.VERSION)
@Kind("RolloutApproval")
@Singular("rolloutapproval")
@Plural("rolloutapprovals")
@ShortNames("fapp")
@Categories("fleet")
@JsonClassDescription(
    "A RolloutApproval lets a rollout of one revision past the approval gate of one stage; it is a kind of its own so that RBAC can say who may approve.")
@AdditionalPrinterColumn(name = "Module", jsonPath = ".spec.moduleRef.name")
@AdditionalPrinterColumn(name = "Stage", jsonPath = ".spec.stage")
@AdditionalPrinterColumn(name = "Revision", jsonPath = ".spec.revision")
@AdditionalPrinterColumn(name = "ApprovedBy", jsonPath = ".spec.approvedBy")
@AdditionalPrinterColumn(
    name = "Used",
    jsonPath = ".status.usedAt",
    type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(
    name = "Message",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].message",
    priority = 1)
public final class RolloutApproval
    extends CustomResource<RolloutApprovalSpec, RolloutApprovalStatus> implements Namespaced {
  @Override
  @Required
  @JsonPropertyDescription("What is approved, and by whom.")
  public RolloutApprovalSpec getSpec() {
    return super.getSpec();
  }

  @Override
  @Default("{\"observedGeneration\":-1}")
  @JsonPropertyDescription("What became of it.")
  public RolloutApprovalStatus getStatus() {
    return super.getStatus();
  }
}
