package dev.tranche.controlplane.module;

import dev.tranche.controlplane.assignment.AssignmentWriter;
import dev.tranche.controlplane.history.ModuleHistory;
import dev.tranche.crd.v1alpha1.BootstrapModule;
import java.time.Clock;

/** The controller of BootstrapModules. */
final class BootstrapModuleReconciler extends FleetModuleReconciler<BootstrapModule> {
  BootstrapModuleReconciler(
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
  BootstrapModule named() {
    return new BootstrapModule();
  }
}
