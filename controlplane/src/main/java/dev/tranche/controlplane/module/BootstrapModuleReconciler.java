package dev.tranche.controlplane.module;

import dev.tranche.assemblage.kube.Events;
import dev.tranche.controlplane.assignment.AssignmentWriter;
import dev.tranche.controlplane.history.ModuleHistory;
import dev.tranche.crd.v1alpha1.BootstrapModule;
import java.time.Clock;

/** The controller of BootstrapModules. */
final class BootstrapModuleReconciler extends FleetModuleReconciler<BootstrapModule> {
  BootstrapModuleReconciler(
      ModuleFleet fleet,
      ModuleHistory history,
      ModuleChecks checks,
      AssignmentWriter assignments,
      UnusedSecrets unusedSecrets,
      Events events,
      Clock clock,
      ModuleMetrics metrics) {
    super(fleet, history, checks, assignments, unusedSecrets, events, clock, metrics);
  }

  @Override
  BootstrapModule named() {
    return new BootstrapModule();
  }
}
