package dev.tranche.controlplane.module;

import dev.tranche.assemblage.kube.Events;
import dev.tranche.controlplane.assignment.AssignmentWriter;
import dev.tranche.controlplane.history.ModuleHistory;
import dev.tranche.crd.v1alpha1.Module;
import java.time.Clock;

/** The controller of Modules. */
final class ModuleReconciler extends FleetModuleReconciler<Module> {
  ModuleReconciler(
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
  Module named() {
    return new Module();
  }
}
