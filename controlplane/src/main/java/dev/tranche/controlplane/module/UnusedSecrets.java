package dev.tranche.controlplane.module;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.assignment.Assemblages;
import dev.tranche.controlplane.assignment.SubstituteSecrets;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.FleetModule;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Collects the Secrets that were made for modules and that nothing needs any more. */
final class UnusedSecrets {
  /** Long enough for an entry that was just written to be in every cache. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final SubstituteSecrets secrets;
  private final Assemblages assemblages;
  private final Map<ObjectKey, Instant> unusedSince = new ConcurrentHashMap<>();

  UnusedSecrets(SubstituteSecrets secrets, Assemblages assemblages) {
    this.secrets = secrets;
    this.assemblages = assemblages;
  }

  /**
   * Deletes those of a module.
   *
   * @param wanted the names of those that its revisions may need
   * @return when to look again; null where there is nothing to wait for
   */
  @Nullable Duration collect(FleetModule module, Set<String> wanted, Instant now) {
    var mine = secrets.of(module.getMetadata().getUid());
    if (mine.isEmpty()) {
      return null;
    }
    var needed = new HashSet<>(wanted);
    assemblages
        .inNamespace(module.getMetadata().getNamespace())
        .flatMap(assemblage -> assemblage.syncs().stream())
        .flatMap(UnusedSecrets::secretsOf)
        .forEach(needed::add);
    boolean waiting = false;
    for (var secret : mine) {
      if (needed.contains(secret.name())) {
        unusedSince.remove(secret);
      } else if (now.isBefore(unusedSince.computeIfAbsent(secret, s -> now).plus(PATIENCE))) {
        waiting = true;
      } else {
        secrets.delete(secret);
        unusedSince.remove(secret);
      }
    }
    return waiting ? PATIENCE : null;
  }

  /** The names of the Secrets with variables or values that an entry names. */
  static Stream<String> secretsOf(AssignedSync sync) {
    return sync.syncPackage() == null
        ? Stream.of()
        : sync.syncPackage().secretsWithValues().stream();
  }
}
