package dev.tranche.controlplane.module;

import dev.tranche.assemblage.binding.ObjectReference;
import dev.tranche.assemblage.binding.Resolution;
import dev.tranche.assemblage.binding.SubstituteSecret;
import dev.tranche.assemblage.binding.SyncTemplate;
import dev.tranche.assemblage.lookup.ReferencedObjects;
import dev.tranche.controlplane.assignment.AssemblageView;
import dev.tranche.controlplane.assignment.Place;
import dev.tranche.controlplane.history.ModuleContent;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What was worked out for a module, so that a change in one cluster does not mean working it out
 * for all of them again.
 */
final class ModuleMemory {
  private final String namespace;
  private final ReferencedObjects references;
  private final SubstituteSecret.Naming naming;
  private final Map<String, Resolutions> contents = new ConcurrentHashMap<>();
  private final Map<String, Verified> verified = new ConcurrentHashMap<>();
  private final Map<String, Begun> begun = new ConcurrentHashMap<>();
  private final Map<String, Instant> back = new ConcurrentHashMap<>();
  private final Set<Place> takenBack = ConcurrentHashMap.newKeySet();
  private final Map<Place, Written> overtaken = new ConcurrentHashMap<>();
  private final Map<Place, Written> withdrawn = new ConcurrentHashMap<>();

  /**
   * Works out with these.
   *
   * @param naming names the Secrets of the module
   */
  ModuleMemory(String namespace, ReferencedObjects references, SubstituteSecret.Naming naming) {
    this.namespace = namespace;
    this.references = references;
    this.naming = naming;
  }

  /** What a cluster should run under a content of the module. */
  Resolution resolve(ModuleContent content, String cluster) {
    return contents
        .computeIfAbsent(
            content.revision(),
            revision -> new Resolutions(template(content), new ConcurrentHashMap<>()))
        .resolve(cluster);
  }

  /** Whether a content may need a Secret on any cluster. */
  boolean readsSecrets(ModuleContent content) {
    var known = contents.get(content.revision());
    return known != null && known.readsSecrets;
  }

  /** The name of the Secret that a content needs on a cluster. */
  Optional<String> secret(ModuleContent content, String cluster) {
    return resolve(content, cluster) instanceof Resolution.Resolved resolved
            && resolved.secret() != null
        ? Optional.of(resolved.secret().name())
        : Optional.empty();
  }

  private static SyncTemplate template(ModuleContent content) {
    return switch (content.delivery()) {
      case REMOTE -> SyncTemplate.of(content.sync(), content.controlPlaneBindings());
      case PROXY -> SyncTemplate.ofProxied(content.sync(), content.controlPlaneBindings());
    };
  }

  /** Forgets contents other than these. */
  void keep(Set<String> revisions) {
    contents.keySet().retainAll(revisions);
  }

  /** Whether this entry of an assemblage was already found to be what it should be. */
  boolean isVerified(String cluster, Verified entry) {
    return entry.equals(verified.get(cluster));
  }

  void verify(String cluster, Verified entry) {
    verified.put(cluster, entry);
  }

  /** Remembers that a cluster cannot be reached. */
  void away(String cluster) {
    begun.remove(cluster);
    back.put(cluster, Instant.MAX);
  }

  /** Since when a cluster that was away is back; the beginning of time where it never was. */
  Instant backSince(String cluster, Instant now) {
    var since = back.computeIfPresent(cluster, (name, at) -> at.equals(Instant.MAX) ? now : at);
    return since == null ? Instant.MIN : since;
  }

  /**
   * Since when a cluster works on a revision.
   *
   * @param reported since when it does by its own account; null where it has not said
   * @return {@code reported}, or when this was asked first; not before it came back
   */
  Instant since(String cluster, String revision, @Nullable Instant reported, Instant now) {
    var since =
        reported != null
            ? reported
            : begun
                .compute(
                    cluster,
                    (name, before) ->
                        before != null && before.revision().equals(revision)
                            ? before
                            : new Begun(revision, now))
                .at();
    var backSince = backSince(cluster, now);
    return since.isBefore(backSince) ? backSince : since;
  }

  /** Remembers that an entry that was marked to leave is no longer. */
  void takeBack(Place place) {
    takenBack.add(place);
  }

  boolean isTakenBack(Place place) {
    return takenBack.contains(place);
  }

  /**
   * Remembers that an entry is about to be again what is reported of it from an earlier time; that
   * report is not of the entry which is then there.
   */
  void overtake(AssemblageView before) {
    overtaken.put(before.place(), Written.over(before));
  }

  /** Remembers that an entry is about to be another one than what is reported of it. */
  void follow(Place place) {
    overtaken.remove(place);
  }

  /** Whether what is reported of an entry may be from before it was written last. */
  boolean isOvertaken(AssemblageView assemblage) {
    return isUnseen(assemblage, overtaken);
  }

  /** Remembers that an entry is about to be taken out. */
  void withdraw(AssemblageView before) {
    withdrawn.put(before.place(), Written.over(before));
  }

  /** Whether whoever expands an assemblage may not know yet that an entry was taken out. */
  boolean isWithdrawalUnseen(AssemblageView assemblage) {
    return isUnseen(assemblage, withdrawn);
  }

  private static boolean isUnseen(AssemblageView assemblage, Map<Place, Written> writes) {
    var written = writes.get(assemblage.place());
    return written != null
        && written.uid().equals(assemblage.metadata().getUid())
        && (assemblage.observedGeneration() == null
            || assemblage.observedGeneration() <= written.generation());
  }

  void settled(String cluster) {
    begun.remove(cluster);
  }

  private final class Resolutions {
    private final SyncTemplate template;
    private final boolean readsSecrets;
    private final Map<String, Remembered> remembered;

    Resolutions(SyncTemplate template, Map<String, Remembered> remembered) {
      this.template = template;
      this.readsSecrets =
          template.referencedKinds().stream().anyMatch(ObjectReference.Kind::isSecret);
      this.remembered = remembered;
    }

    Resolution resolve(String cluster) {
      if (template.isConstant()) {
        return template.resolve(cluster, references.in(namespace), naming);
      }
      var before = remembered.get(cluster);
      if (before != null && before.versions().equals(versions(before.resolution()))) {
        return before.resolution();
      }
      var resolution = template.resolve(cluster, references.in(namespace), naming);
      if (resolution instanceof Resolution.Resolved) {
        remembered.put(cluster, new Remembered(resolution, versions(resolution)));
      }
      return resolution;
    }
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

  private record Begun(String revision, Instant at) {}

  /** The generation of an assemblage that was written over. */
  private record Written(String uid, long generation) {
    static Written over(AssemblageView assemblage) {
      return new Written(assemblage.metadata().getUid(), assemblage.metadata().getGeneration());
    }
  }

  /** A version of the spec of an assemblage, and the revision that was looked for in it. */
  record Verified(String uid, long generation, String revision) {}
}
