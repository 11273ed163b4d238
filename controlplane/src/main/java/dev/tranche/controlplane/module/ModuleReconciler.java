package dev.tranche.controlplane.module;

import dev.tranche.crd.v1alpha1.Module;

/** The controller of Modules. */
final class ModuleReconciler extends FleetModuleReconciler<Module> {
  ModuleReconciler(Collaborators with) {
    super(with);
  }

  @Override
  Module named() {
    return new Module();
  }
}
