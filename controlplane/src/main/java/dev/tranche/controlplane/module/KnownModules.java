package dev.tranche.controlplane.module;

import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.crd.v1alpha1.BootstrapModule;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.ModuleDependency;
import dev.tranche.crd.v1alpha1.ModuleRef;
import dev.tranche.crd.v1alpha1.RolloutApproval;
import dev.tranche.rollout.Reason;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The modules of a hub, and which depend on which. */
final class KnownModules {
  private final ObjectCache<Module> modules;
  private final ObjectCache<BootstrapModule> bootstrapModules;

  KnownModules(ObjectCache<Module> modules, ObjectCache<BootstrapModule> bootstrapModules) {
    this.modules = modules;
    this.bootstrapModules = bootstrapModules;
  }

  /**
   * What a module depends on.
   *
   * @param names of modules of the same kind and namespace
   * @param circle why that can never be met; null where it can
   */
  record Dependencies(List<String> names, @Nullable Reason circle, Lookup lookup) {
    @Nullable FleetModule find(String name) {
      return lookup.find(name);
    }
  }

  /** Finds a module by its name. */
  @FunctionalInterface
  interface Lookup {
    /** Null where there is none. */
    @Nullable FleetModule find(String name);
  }

  Dependencies dependencies(FleetModule module) {
    var namespace = module.getMetadata().getNamespace();
    Lookup lookup = name -> find(module.getKind(), new ObjectKey(namespace, name));
    var names = names(module);
    return new Dependencies(
        names,
        names.isEmpty() ? null : circle(module.getMetadata().getName(), module, lookup),
        lookup);
  }

  /** The modules that depend on one, of its kind and namespace. */
  Stream<ObjectKey> dependents(String kind, ObjectKey module) {
    Stream<? extends FleetModule> all =
        kind.equals("BootstrapModule")
            ? bootstrapModules.inNamespace(module.namespace()).stream()
            : modules.inNamespace(module.namespace()).stream();
    return all.filter(other -> names(other).contains(module.name())).map(ObjectKey::of);
  }

  @Nullable FleetModule find(String kind, ObjectKey key) {
    return kind.equals("BootstrapModule")
        ? bootstrapModules.find(key).orElse(null)
        : modules.find(key).orElse(null);
  }

  /** The BootstrapModules that a cluster must have before its first assignment of this module. */
  List<BootstrapModule> bootstrapsBefore(FleetModule module) {
    return module instanceof BootstrapModule
        ? List.of()
        : bootstrapModules.inNamespace(module.getMetadata().getNamespace()).stream()
            .filter(bootstrap -> bootstrap.getMetadata().getDeletionTimestamp() == null)
            .sorted(Comparator.comparing(bootstrap -> bootstrap.getMetadata().getName()))
            .toList();
  }

  /** Whether an approval in the namespace of a module speaks of it. */
  static boolean isMeant(RolloutApproval approval, FleetModule module) {
    var reference = approval.getSpec().moduleRef();
    return reference.name().equals(module.getMetadata().getName())
        && kind(reference).equals(module.getKind());
  }

  /** The kind that a reference names; a word of no kind where it is not known. */
  static String kind(ModuleRef reference) {
    if (reference.kind() == null) {
      return "";
    }
    return switch (reference.kind()) {
      case MODULE -> "Module";
      case BOOTSTRAP_MODULE -> "BootstrapModule";
    };
  }

  private static List<String> names(FleetModule module) {
    return module.getSpec().dependsOn().stream().map(ModuleDependency::name).toList();
  }

  private static @Nullable Reason circle(String name, FleetModule module, Lookup lookup) {
    var path = new ArrayDeque<String>();
    path.add(name);
    return leadsBack(name, module, lookup, path, new HashSet<>())
        ? new Reason(
            "DependencyCircle",
            "modules depend on each other: %s; take one of them out of dependsOn"
                .formatted(String.join(" on ", path)))
        : null;
  }

  private static boolean leadsBack(
      String start, FleetModule module, Lookup lookup, Deque<String> path, Set<String> seen) {
    for (var name : names(module)) {
      path.addLast(name);
      if (name.equals(start)) {
        return true;
      }
      var next = seen.add(name) ? lookup.find(name) : null;
      if (next != null && leadsBack(start, next, lookup, path, seen)) {
        return true;
      }
      path.removeLast();
    }
    return false;
  }
}
