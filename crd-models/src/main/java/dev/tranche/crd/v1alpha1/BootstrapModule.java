package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * A BootstrapModule is a Module that a cluster must have before any Module is assigned there, such
 * as Flux or a network plugin; it is a kind of its own so that RBAC can tell the two apart.
 */
@Group(FleetModule.GROUP)
@Version(FleetModule.VERSION)
@Kind("BootstrapModule")
@Singular("bootstrapmodule")
@Plural("bootstrapmodules")
@ShortNames("bmod")
@Categories("fleet")
@JsonClassDescription(
    "A BootstrapModule is a Module that a cluster must have before any Module is assigned there, such as Flux or a network plugin; it is a kind of its own so that RBAC can tell the two apart.")
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(
    name = "Reason",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason")
@AdditionalPrinterColumn(name = "Version", jsonPath = ".status.version")
@AdditionalPrinterColumn(
    name = "Clusters",
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
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "WaitingFor", jsonPath = ".status.rollout.waitingFor", priority = 1)
@AdditionalPrinterColumn(
    name = "Message",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].message",
    priority = 1)
@ValidationRule(
    value = "!has(self.spec.delivery) || self.spec.delivery == 'Remote'",
    message =
        "a BootstrapModule brings a cluster to where delivery: Proxy can work, so its own delivery is Remote")
public final class BootstrapModule extends FleetModule {}
