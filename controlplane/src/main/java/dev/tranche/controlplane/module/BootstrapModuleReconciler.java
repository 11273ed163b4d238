package dev.tranche.controlplane.module;

import dev.tranche.crd.v1alpha1.BootstrapModule;

/** The controller of BootstrapModules. */
final class BootstrapModuleReconciler extends FleetModuleReconciler<BootstrapModule> {
  BootstrapModuleReconciler(Collaborators with) {
    super(with);
  }

  @Override
  BootstrapModule named() {
    return new BootstrapModule();
  }
}
