package dev.tranche.assemblage.flux;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.assemblage.Applier;
import dev.tranche.assemblage.Applier.Kustomized;
import dev.tranche.assemblage.Applier.Released;
import dev.tranche.assemblage.Drift;
import dev.tranche.assemblage.ExpandedSync;
import dev.tranche.assemblage.Expansion;
import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.kube.ServerSideApply;
import dev.tranche.assemblage.status.Written;
import dev.tranche.crd.flux.helm.v2.HelmRelease;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.FleetModule;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Flux objects that are ours: read from caches, written only where they are not as they should
 * be.
 */
public final class FluxObjects implements AutoCloseable {
  /** How often a kind is looked for that is not installed. */
  private static final Duration UNSERVED_KIND_PERIOD = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(FluxObjects.class);

  private static final String BY_ASSEMBLAGE = "assemblage";
  private static final String BY_SOURCE = "source";

  private final KubernetesClient client;
  private final String assemblageKind;
  private final FluxSources sources;
  private final FluxKind<Kustomization> kustomizations;
  private final FluxKind<HelmRelease> helmReleases;
  private final List<FluxKind<?>> kinds;

  /** The kinds that were served at the start, and are to be read before anything is done. */
  private volatile Set<FluxKind<?>> awaited = Set.of();

  private final ScheduledExecutorService waiting =
      Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().factory());

  private final Map<Id, Written> written = new ConcurrentHashMap<>();
  private final Map<Id, Verified> verified = new ConcurrentHashMap<>();

  /** The resource versions that our writes made and the watch has not shown yet. */
  private final Map<Id, String> echoes = new ConcurrentHashMap<>();

  private record Id(String kind, ObjectKey key) {
    static Id of(HasMetadata object) {
      return new Id(object.getKind(), ObjectKey.of(object));
    }
  }

  /**
   * Versions of an object and of the assemblage it is made for that were found to agree.
   *
   * @param variant see {@link #bring}
   */
  private record Verified(
      StoredVersion object, String assemblage, long assemblageGeneration, String variant) {}

  /**
   * The objects of one kind of assemblage in these namespaces.
   *
   * @param fieldManager under whose name they are written
   */
  FluxObjects(
      KubernetesClient client,
      Namespaces namespaces,
      Class<? extends HasMetadata> assemblageType,
      String fieldManager) {
    this.client = client;
    this.assemblageKind = HasMetadata.getKind(assemblageType);
    var apply = new ServerSideApply(client, fieldManager);
    sources = new FluxSources(client, apply, namespaces);
    kustomizations =
        FluxKind.of(
            client,
            apply,
            Kustomization.class,
            namespaces,
            Optional.empty(),
            cache ->
                cache
                    .trimmed(FluxObjects::withoutInventory)
                    .indexed(applierIndexes(Kustomized::new)));
    helmReleases =
        FluxKind.of(
            client,
            apply,
            HelmRelease.class,
            namespaces,
            Optional.of("install Flux's helm-controller"),
            cache ->
                cache
                    .trimmed(FluxObjects::withoutInventory)
                    .indexed(applierIndexes(Released::new)));
    kinds =
        Stream.<FluxKind<?>>concat(sources.kinds(), Stream.of(kustomizations, helmReleases))
            .toList();
  }

  private <T> Map<String, Function<T, List<String>>> applierIndexes(Function<T, Applier> applier) {
    return Map.of(
        BY_ASSEMBLAGE,
            object ->
                assemblageOf(applier.apply(object)).map(ObjectKey::toString).stream().toList(),
        BY_SOURCE,
            object -> sourceOf(applier.apply(object)).map(ObjectKey::toString).stream().toList());
  }

  void start() {
    awaited =
        kinds.stream()
            .filter(kind -> kind.remedy().isEmpty() || kind.isServed())
            .collect(Collectors.toSet());
    for (var kind : kinds) {
      if (awaited.contains(kind)) {
        kind.start();
      } else {
        startOnceServed(kind);
      }
    }
  }

  private void startOnceServed(FluxKind<?> kind) {
    var _ =
        waiting.schedule(
            () -> {
              if (isServed(kind)) {
                kind.start();
              } else {
                startOnceServed(kind);
              }
            },
            UNSERVED_KIND_PERIOD.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  private static boolean isServed(FluxKind<?> kind) {
    try {
      return kind.isServed();
    } catch (KubernetesClientException e) {
      log.debug("kinds not listed", e);
      return false;
    }
  }

  boolean synced() {
    return awaited.stream().allMatch(FluxKind::isThere);
  }

  /** What is to be done before a sync can be applied, since a kind is not installed. */
  Optional<String> missing(ExpandedSync sync) {
    return Stream.<FluxKind<?>>concat(
            sync.sources().stream().map(sources::kindOf), Stream.of(kindOf(sync.applier())))
        .filter(kind -> !kind.isThere())
        .findFirst()
        .map(kind ->
            "the kind %s is not installed: %s"
                .formatted(kind.kind(), kind.remedy().orElse("install Flux")));
  }

  /** Calls somebody on every change of an applier. */
  void onApplierChange(ObjectCache.Listener<Applier> listener) {
    kustomizations
        .cache()
        .onChange((before, after) ->
            listener.changed(
                before == null ? null : new Kustomized(before),
                after == null ? null : new Kustomized(after)));
    helmReleases
        .cache()
        .onChange((before, after) ->
            listener.changed(
                before == null ? null : new Released(before),
                after == null ? null : new Released(after)));
  }

  /** Those that appliers refer to. */
  FluxSources sources() {
    return sources;
  }

  /** The applier of a sync. */
  Optional<Applier> applier(ExpandedSync sync) {
    var key = ObjectKey.of(sync.applier().object());
    return switch (sync.applier()) {
      case Kustomized _ -> kustomizations.find(key).map(Kustomized::new);
      case Released _ -> helmReleases.find(key).map(Released::new);
    };
  }

  /** The appliers of a name: two where a sync became one of another kind. */
  List<Applier> appliers(ObjectKey key) {
    return Stream.concat(
            kustomizations.find(key).map(Kustomized::new).stream(),
            helmReleases.find(key).map(Released::new).stream())
        .map(Applier.class::cast)
        .toList();
  }

  /** Whether the caches have an object of this kind. */
  boolean has(String kind, ObjectKey key) {
    return called(kind).filter(one -> one.find(key).isPresent()).isPresent();
  }

  /** Brings into the caches what the API server says of an object that they have. */
  void readAgain(String kind, ObjectKey key) {
    called(kind).filter(one -> one.find(key).isPresent()).ifPresent(one -> one.readAgain(key));
  }

  private Optional<FluxKind<?>> called(String kind) {
    return kinds.stream().filter(one -> one.kind().equals(kind)).findFirst();
  }

  /** What our last write of an applier returned; null where this process did not write it. */
  @Nullable Written written(ExpandedSync sync) {
    return written.get(Id.of(sync.applier().object()));
  }

  /** Whether this is what our last write left and no news; asked once for what the watch shows. */
  boolean isEcho(Applier applier) {
    return echoes.remove(Id.of(applier.object()), applier.metadata().getResourceVersion());
  }

  /** The appliers that were made for an assemblage. */
  List<Applier> ofAssemblage(ObjectKey assemblage) {
    var word = assemblage.toString();
    return Stream.<Applier>concat(
            kustomizations.cache().byIndex(BY_ASSEMBLAGE, word).stream().map(Kustomized::new),
            helmReleases.cache().byIndex(BY_ASSEMBLAGE, word).stream().map(Released::new))
        .toList();
  }

  /** Whether the API server has appliers of an assemblage, whatever the cache says. */
  boolean anyStored(ObjectKey assemblage) {
    return Stream.<Applier>concat(
            stored(kustomizations, assemblage).map(Kustomized::new),
            stored(helmReleases, assemblage).map(Released::new))
        .anyMatch(applier -> assemblageOf(applier).filter(assemblage::equals).isPresent());
  }

  private static <T extends HasMetadata> Stream<T> stored(FluxKind<T> kind, ObjectKey assemblage) {
    return kind
        .stored(
            assemblage.namespace(),
            Expansion.ASSEMBLAGE,
            Expansion.assemblageLabel(assemblage.name()))
        .stream();
  }

  /** Whether anything of ours refers to a source. */
  boolean isUsed(ObjectKey source) {
    return sources.isUsedByOther(source)
        || Stream.of(kustomizations, helmReleases)
            .anyMatch(kind -> !kind.cache().byIndex(BY_SOURCE, source.toString()).isEmpty());
  }

  /**
   * Writes what is missing of a sync, or not as it should be.
   *
   * @param variant tells apart what one generation of the assemblage may want at different times
   */
  void bring(ExpandedSync sync, HasMetadata assemblage, String variant) {
    sync.sources().forEach(sources::bring);
    var wanted = sync.applier().object();
    var id = Id.of(wanted);
    HasMetadata stored = applier(sync).map(Applier::object).orElse(null);
    if (stored != null && isAsWritten(id, stored)) {
      var now = verified(stored, assemblage, variant);
      if (now.equals(verified.get(id)) || !Drift.between(wanted, stored).any()) {
        verified.put(id, now);
        return;
      }
    }
    // Before it is marked no longer: who ends in between finds it marked, and does it again.
    applier(sync)
        .filter(marked ->
            marked.deletionPolicy().isPresent() && sync.applier().deletionPolicy().isEmpty())
        .ifPresent(marked -> patch(marked, Expansion.takenBackPatch(UUID.randomUUID().toString())));
    var now = kindOf(sync.applier()).write(wanted).getMetadata();
    echoes.put(id, now.getResourceVersion());
    written.put(id, new Written(now.getUid(), now.getGeneration()));
    log.atInfo()
        .addKeyValue(word(wanted), id.key())
        .addKeyValue("sync", sync.key())
        .addKeyValue("revision", sync.revision())
        .addKeyValue("source", sync.sources().getLast().getMetadata().getName())
        .log(word(wanted) + (stored == null ? " created" : " changed"));
  }

  /** Marks an applier with what becomes of what it applied, and changes nothing else of it. */
  void mark(Applier applier, @Nullable DeletionPolicy policy) {
    if (applier.deletionPolicy().orElse(DeletionPolicy.PRUNE)
        != Objects.requireNonNullElse(policy, DeletionPolicy.PRUNE)) {
      patch(applier, Expansion.deletionPolicyPatch(policy));
    }
  }

  /** Changes an applier with a JSON merge patch; empty where it is gone. */
  Optional<Applier> patch(Applier applier, JsonNode patch) {
    return switch (applier) {
      case Kustomized(var object) -> kustomizations.patch(object, patch).map(Kustomized::new);
      case Released(var object) -> helmReleases.patch(object, patch).map(Released::new);
    };
  }

  /**
   * Deletes this version of an applier and no other.
   *
   * @return false where it was changed meanwhile, as Flux often does
   */
  boolean delete(Applier applier) {
    if (!FluxKind.deleteExactly(client, applier.object())) {
      return false;
    }
    var id = Id.of(applier.object());
    written.remove(id);
    verified.remove(id);
    echoes.remove(id);
    return true;
  }

  @Override
  public void close() {
    waiting.shutdownNow();
    kinds.forEach(FluxKind::close);
  }

  private FluxKind<?> kindOf(Applier applier) {
    return switch (applier) {
      case Kustomized _ -> kustomizations;
      case Released _ -> helmReleases;
    };
  }

  /** How a kind is called in log lines. */
  static String word(HasMetadata object) {
    return object.getKind().toLowerCase(Locale.ROOT);
  }

  /**
   * One that was deleted and made again by somebody else is written again, so that what it says can
   * be believed.
   */
  private boolean isAsWritten(Id id, HasMetadata stored) {
    var ours = written.get(id);
    return ours == null || ours.uid().equals(stored.getMetadata().getUid());
  }

  private static Verified verified(HasMetadata stored, HasMetadata assemblage, String variant) {
    return new Verified(
        StoredVersion.of(stored),
        assemblage.getMetadata().getUid(),
        assemblage.getMetadata().getGeneration(),
        variant);
  }

  /**
   * The assemblage that an applier was made for. The owner counts for more than the annotation:
   * neither is lost, nor given to another assemblage, by an edit of one of them. Empty where it is
   * that of an assemblage of another kind.
   */
  Optional<ObjectKey> assemblageOf(Applier applier) {
    var metadata = applier.metadata();
    var annotations =
        Objects.requireNonNullElse(metadata.getAnnotations(), Map.<String, String>of());
    var owner =
        metadata.getOwnerReferences().stream()
            .filter(reference -> Boolean.TRUE.equals(reference.getController()))
            .filter(reference -> reference.getApiVersion().startsWith(FleetModule.GROUP + "/"))
            .findFirst();
    var kind =
        owner
            .map(OwnerReference::getKind)
            .or(() -> Optional.ofNullable(annotations.get(Expansion.ASSEMBLAGE_KIND)));
    if (kind.isPresent() && !kind.get().equals(assemblageKind)) {
      return Optional.empty();
    }
    return owner
        .map(OwnerReference::getName)
        .or(() -> Optional.ofNullable(annotations.get(Expansion.ASSEMBLAGE)))
        .map(name -> new ObjectKey(metadata.getNamespace(), name));
  }

  static Optional<ObjectKey> sourceOf(Applier applier) {
    return applier.source().map(name -> new ObjectKey(applier.metadata().getNamespace(), name));
  }

  /** Lists every object in the cluster, and nobody here reads it. */
  private static void withoutInventory(Kustomization kustomization) {
    if (kustomization.getStatus() != null) {
      kustomization.getStatus().setInventory(null);
      kustomization.getStatus().setHistory(null);
    }
  }

  private static void withoutInventory(HelmRelease release) {
    if (release.getStatus() != null) {
      release.getStatus().setInventory(null);
    }
  }
}
