package dev.tranche.assemblage.agent;

import dev.tranche.assemblage.Applier;
import dev.tranche.assemblage.Expansion;
import dev.tranche.assemblage.Target;
import dev.tranche.assemblage.binding.ObjectLookup;
import dev.tranche.assemblage.binding.Resolution;
import dev.tranche.assemblage.binding.SubstituteSecret;
import dev.tranche.assemblage.binding.SyncTemplate;
import dev.tranche.assemblage.flux.Access;
import dev.tranche.assemblage.flux.AssemblageReconciler;
import dev.tranche.assemblage.flux.Entry;
import dev.tranche.assemblage.flux.FluxObjects;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.crd.v1alpha1.Assemblage;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.Sync;
import dev.tranche.crd.v1alpha1.SyncState;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Assemblages: entries mention what is found in this cluster, and Flux runs here. */
final class AgentReconciler extends AssemblageReconciler<Assemblage> {
  private final Function<String, ObjectLookup> objects;
  private final SecretValues secrets;

  /** What each assemblage was found to want when it was last looked at. */
  private final Map<ObjectKey, Set<ObjectKey>> wantedSources = new ConcurrentHashMap<>();

  /** The names of the Secrets that its entries take variables from. */
  private final Map<ObjectKey, Set<String>> wantedSecrets = new ConcurrentHashMap<>();

  /** The assemblages whose bindings read anything. */
  private final Set<ObjectKey> readers = ConcurrentHashMap.newKeySet();

  /** The assemblages whose bindings read of a kind that is not installed. */
  private final Set<ObjectKey> missingKinds = ConcurrentHashMap.newKeySet();

  /**
   * Works with this client.
   *
   * @param objects looks up what bindings read in a namespace
   * @param secrets started and ended by their owner
   */
  AgentReconciler(
      KubernetesClient client,
      FluxObjects flux,
      Function<String, ObjectLookup> objects,
      SecretValues secrets,
      Clock clock) {
    super(client, flux, clock);
    this.objects = objects;
    this.secrets = secrets;
  }

  /** The assemblages that want a source. */
  Collection<ObjectKey> usersOf(ObjectKey source) {
    return wantedSources.entrySet().stream()
        .filter(wanted -> wanted.getValue().contains(source))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The assemblages of a namespace whose bindings read anything. */
  Collection<ObjectKey> readersIn(String namespace) {
    return readers.stream().filter(assemblage -> assemblage.namespace().equals(namespace)).toList();
  }

  /** The assemblages that wait for a kind to be installed, of which no news come. */
  Collection<ObjectKey> missingKinds() {
    return List.copyOf(missingKinds);
  }

  @Override
  protected List<AssignedSync> entries(Assemblage assemblage) {
    return assemblage.getSpec().syncs();
  }

  @Override
  protected Target target(Assemblage assemblage) {
    return new Target(
        assemblage.getMetadata().getNamespace(), assemblage.getMetadata().getName(), null);
  }

  @Override
  protected Access access(Assemblage assemblage) {
    return new Access.Open();
  }

  @Override
  protected Map<AssignedSync, Entry> expand(Assemblage assemblage) {
    var key = ObjectKey.of(assemblage);
    var templates = new LinkedHashMap<AssignedSync, SyncTemplate>();
    entries(assemblage).forEach(entry -> templates.put(entry, SyncTemplate.ofEntry(entry)));
    // Noted before anything is looked up, so that no news of it are missed.
    if (templates.values().stream().anyMatch(template -> !template.referencedKinds().isEmpty())) {
      readers.add(key);
    } else {
      readers.remove(key);
    }
    var sources = new HashSet<ObjectKey>();
    var secretNames = new HashSet<String>();
    boolean kindMissing = false;
    var entries = new LinkedHashMap<AssignedSync, Entry>();
    for (var template : templates.entrySet()) {
      var entry = template.getKey();
      var naming =
          SubstituteSecret.named(
              Expansion.applierName(target(assemblage), entry.key()),
              assemblage.getMetadata().getUid());
      switch (template.getValue().resolve(key.name(), objects.apply(key.namespace()), naming)) {
        case Resolution.Resolved resolved -> {
          var sync = expanded(assemblage, resolved(entry, resolved.sync()));
          sync.sources().forEach(source -> sources.add(ObjectKey.of(source)));
          if (resolved.secret() != null) {
            secretNames.add(resolved.secret().name());
          }
          entries.put(entry, new Entry.Expanded(sync, resolved.revision(), resolved.secret()));
        }
        case Resolution.Unresolvable unresolvable -> {
          kindMissing |= unresolvable.reason() == Resolution.Reason.KIND_NOT_FOUND;
          entries.put(entry, unresolved(unresolvable));
        }
      }
    }
    wantedSources.put(key, sources);
    wantedSecrets.put(key, secretNames);
    if (kindMissing) {
      missingKinds.add(key);
    } else {
      missingKinds.remove(key);
    }
    return entries;
  }

  /** Stays, without entries too, until whoever made it deletes it. */
  @Override
  protected boolean endsWhenEmpty(Assemblage assemblage) {
    return false;
  }

  @Override
  protected Assemblage blank() {
    return new Assemblage();
  }

  @Override
  protected void prepare(Assemblage assemblage, Entry.Expanded entry) {
    if (entry.secret() != null) {
      secrets.ensure(assemblage, entry.secret());
    }
  }

  @Override
  protected void tidy(Assemblage assemblage, List<Applier> appliers) {
    var needed = new HashSet<>(wantedSecrets.getOrDefault(ObjectKey.of(assemblage), Set.of()));
    appliers.stream().flatMap(Applier::secretsWithValues).forEach(needed::add);
    secrets.keepOnly(assemblage, needed);
  }

  @Override
  protected void forget(ObjectKey assemblage) {
    super.forget(assemblage);
    wantedSources.remove(assemblage);
    wantedSecrets.remove(assemblage);
    readers.remove(assemblage);
    missingKinds.remove(assemblage);
  }

  private static AssignedSync resolved(AssignedSync entry, Sync sync) {
    return new AssignedSync(
        entry.origin(),
        entry.name(),
        entry.revision(),
        sync.source(),
        sync.syncPackage(),
        List.of(),
        entry.deletionPolicy());
  }

  private static Entry unresolved(Resolution.Unresolvable unresolvable) {
    var state =
        unresolvable.reason() == Resolution.Reason.NOT_LOADED
            ? SyncState.UPDATING
            : SyncState.FAILED;
    return new Entry.Unresolved(state, unresolvable.reason().toString(), unresolvable.message());
  }
}
