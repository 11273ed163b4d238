package dev.tranche.controlplane.module;

import dev.tranche.controlplane.assignment.AssignmentWriter;
import dev.tranche.controlplane.hub.Events;
import dev.tranche.crd.v1alpha1.Module;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Clock;

/** The controller of Modules. */
final class ModuleReconciler extends FleetModuleReconciler<Module> {
  ModuleReconciler(
      ModuleFleet fleet,
      AssignmentWriter assignments,
      Events events,
      Clock clock,
      KubernetesSerialization serialization,
      ModuleMetrics metrics) {
    super(fleet, assignments, events, clock, serialization, metrics);
  }

  @Override
  Module named() {
    return new Module();
  }
}
