package dev.tranche.controlplane.module;

import dev.tranche.assemblage.binding.ObjectReference;
import dev.tranche.assemblage.binding.Resolution;
import dev.tranche.assemblage.binding.SyncTemplate;
import dev.tranche.crd.v1alpha1.FleetModule;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What was worked out for one version of a module, so that a change in one cluster does not mean
 * working it out for all of them again. Used by one reconciliation at a time.
 */
final class ModuleMemory {
  private final String namespace;
  private final long generation;
  private final SyncTemplate template;
  private final ReferencedObjects references;
  private final Map<String, Remembered> resolutions = new HashMap<>();
  private final Map<String, Verified> verified = new HashMap<>();

  ModuleMemory(FleetModule module, ReferencedObjects references) {
    this.namespace = module.getMetadata().getNamespace();
    this.generation = module.getMetadata().getGeneration();
    this.template =
        SyncTemplate.of(module.getSpec().sync(), module.getSpec().controlPlaneBindings());
    this.references = references;
  }

  boolean isOf(FleetModule module) {
    return generation == module.getMetadata().getGeneration();
  }

  /** What a cluster should run. */
  Resolution resolve(String cluster) {
    if (template.isConstant()) {
      return template.resolve(cluster, references.in(namespace));
    }
    var before = resolutions.get(cluster);
    if (before != null && before.versions().equals(versions(before.resolution()))) {
      return before.resolution();
    }
    var resolution = template.resolve(cluster, references.in(namespace));
    if (resolution instanceof Resolution.Resolved) {
      resolutions.put(cluster, new Remembered(resolution, versions(resolution)));
    }
    return resolution;
  }

  /** Whether this entry of an assemblage was already found to be what it should be. */
  boolean isVerified(String cluster, Verified entry) {
    return entry.equals(verified.get(cluster));
  }

  void verify(String cluster, Verified entry) {
    verified.put(cluster, entry);
  }

  private Map<ObjectReference, Optional<String>> versions(Resolution resolution) {
    var versions = new HashMap<ObjectReference, Optional<String>>();
    resolution
        .references()
        .forEach(
            reference -> versions.put(reference, references.resourceVersion(namespace, reference)));
    return versions;
  }

  private record Remembered(
      Resolution resolution, Map<ObjectReference, Optional<String>> versions) {}

  /** A version of the spec of an assemblage, and the revision that was looked for in it. */
  record Verified(String uid, long generation, String revision) {}
}
