package dev.tranche.controlplane.module;

import dev.tranche.controlplane.assignment.AssignmentWriter;
import dev.tranche.controlplane.hub.Events;
import dev.tranche.crd.v1alpha1.BootstrapModule;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Clock;

/** The controller of BootstrapModules. */
final class BootstrapModuleReconciler extends FleetModuleReconciler<BootstrapModule> {
  BootstrapModuleReconciler(
      ModuleFleet fleet,
      AssignmentWriter assignments,
      Events events,
      Clock clock,
      KubernetesSerialization serialization,
      ModuleMetrics metrics) {
    super(fleet, assignments, events, clock, serialization, metrics);
  }

  @Override
  BootstrapModule named() {
    return new BootstrapModule();
  }
}
