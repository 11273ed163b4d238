package dev.tranche.controlplane.module;

import dev.tranche.assemblage.binding.SubstituteSecret;
import dev.tranche.assemblage.lookup.ReferencedObjects;
import dev.tranche.crd.v1alpha1.FleetModule;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/** What this process remembers of each module. */
final class ModuleMemories {
  private final ReferencedObjects references;
  private final Map<String, ModuleMemory> byUid = new ConcurrentHashMap<>();

  ModuleMemories(ReferencedObjects references) {
    this.references = references;
  }

  ModuleMemory of(FleetModule module) {
    return byUid.computeIfAbsent(
        module.getMetadata().getUid(),
        uid ->
            new ModuleMemory(
                module.getMetadata().getNamespace(),
                references,
                SubstituteSecret.named(module.getMetadata().getName(), uid)));
  }

  /** The modules, by their uids, whose memory is such. */
  List<String> having(Predicate<ModuleMemory> such) {
    return byUid.entrySet().stream()
        .filter(entry -> such.test(entry.getValue()))
        .map(Map.Entry::getKey)
        .toList();
  }

  void forget(FleetModule module) {
    byUid.remove(module.getMetadata().getUid());
  }
}
