package dev.tranche.controlplane.module;

import dev.tranche.controlplane.assignment.AssignmentWriter;
import dev.tranche.controlplane.history.ModuleHistory;
import dev.tranche.crd.v1alpha1.Module;
import java.time.Clock;

/** The controller of Modules. */
final class ModuleReconciler extends FleetModuleReconciler<Module> {
  ModuleReconciler(
      ModuleFleet fleet,
      ModuleSources sources,
      ModuleMarkers markers,
      ModuleHistory history,
      ModuleChecks checks,
      AssignmentWriter assignments,
      UnusedSecrets unusedSecrets,
      Announcements announcements,
      Clock clock,
      ModuleMetrics metrics) {
    super(
        fleet,
        sources,
        markers,
        history,
        checks,
        assignments,
        unusedSecrets,
        announcements,
        clock,
        metrics);
  }

  @Override
  Module named() {
    return new Module();
  }
}
