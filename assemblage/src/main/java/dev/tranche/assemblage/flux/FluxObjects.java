package dev.tranche.assemblage.flux;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.assemblage.Drift;
import dev.tranche.assemblage.ExpandedSync;
import dev.tranche.assemblage.Expansion;
import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.kube.ServerSideApply;
import dev.tranche.assemblage.status.Written;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.FleetModule;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Flux objects that are ours: read from caches, written only where they are not as they should
 * be.
 */
public final class FluxObjects implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FluxObjects.class);

  private static final String BY_ASSEMBLAGE = "assemblage";
  private static final String BY_SOURCE = "source";

  private final KubernetesClient client;
  private final String assemblageKind;
  private final ServerSideApply apply;
  private final ObjectCache<GitRepository> sources;
  private final ObjectCache<Kustomization> kustomizations;
  private final Map<ObjectKey, ReentrantLock> sourceLocks = new ConcurrentHashMap<>();
  private final Map<ObjectKey, Written> written = new ConcurrentHashMap<>();
  private final Map<ObjectKey, Verified> verified = new ConcurrentHashMap<>();

  /** The resource versions that our writes made and the watch has not shown yet. */
  private final Map<ObjectKey, String> echoes = new ConcurrentHashMap<>();

  /**
   * Versions of an object and of the assemblage it is made for that were found to agree.
   *
   * @param variant see {@link #bring}
   */
  private record Verified(
      Version object, String assemblage, long assemblageGeneration, String variant) {}

  /** An object as we write it; an edit of the metadata makes no new generation. */
  private record Version(
      String uid,
      long generation,
      @Nullable Map<String, String> labels,
      @Nullable Map<String, String> annotations,
      List<OwnerReference> owners) {
    static Version of(HasMetadata object) {
      var metadata = object.getMetadata();
      return new Version(
          metadata.getUid(),
          metadata.getGeneration(),
          metadata.getLabels(),
          metadata.getAnnotations(),
          metadata.getOwnerReferences());
    }
  }

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
    this.apply = new ServerSideApply(client, fieldManager);
    sources =
        ObjectCache.of(client, GitRepository.class, namespaces)
            .withLabel(Expansion.MANAGED_BY, Expansion.MANAGER)
            .build();
    kustomizations =
        ObjectCache.of(client, Kustomization.class, namespaces)
            .withLabel(Expansion.MANAGED_BY, Expansion.MANAGER)
            .trimmed(FluxObjects::withoutInventory)
            .indexed(
                Map.of(
                    BY_ASSEMBLAGE,
                        kustomization ->
                            assemblageOf(kustomization).map(ObjectKey::toString).stream().toList(),
                    BY_SOURCE, kustomization -> List.of(sourceOf(kustomization).toString())))
            .build();
  }

  void start() {
    sources.start();
    kustomizations.start();
  }

  boolean synced() {
    return sources.synced() && kustomizations.synced();
  }

  ObjectCache<GitRepository> sources() {
    return sources;
  }

  ObjectCache<Kustomization> kustomizations() {
    return kustomizations;
  }

  Optional<GitRepository> source(ExpandedSync sync) {
    return sources.find(ObjectKey.of(sync.source()));
  }

  Optional<Kustomization> kustomization(ExpandedSync sync) {
    return kustomization(ObjectKey.of(sync.kustomization()));
  }

  Optional<Kustomization> kustomization(ObjectKey key) {
    return kustomizations.find(key);
  }

  /** Whether the caches have an object of this kind. */
  boolean has(String kind, ObjectKey key) {
    return switch (kind) {
      case "GitRepository" -> sources.find(key).isPresent();
      case "Kustomization" -> kustomizations.find(key).isPresent();
      default -> false;
    };
  }

  /** Brings into the caches what the API server says of an object that they have. */
  void readAgain(String kind, ObjectKey key) {
    if (!has(kind, key)) {
      return;
    }
    switch (kind) {
      case "GitRepository" -> readAgain(GitRepository.class, sources, key);
      case "Kustomization" -> readAgain(Kustomization.class, kustomizations, key);
      default -> throw new IllegalArgumentException(kind);
    }
  }

  private <T extends HasMetadata> void readAgain(
      Class<T> type, ObjectCache<T> cache, ObjectKey key) {
    var now = client.resources(type).inNamespace(key.namespace()).withName(key.name()).get();
    // That it is gone, the watch tells.
    if (now != null) {
      cache.wrote(now);
    }
  }

  /** What our last write of a Kustomization returned; null where this process did not write it. */
  @Nullable Written written(ExpandedSync sync) {
    return written.get(ObjectKey.of(sync.kustomization()));
  }

  /** Whether this is what our last write left and no news; asked once for what the watch shows. */
  boolean isEcho(Kustomization kustomization) {
    return echoes.remove(
        ObjectKey.of(kustomization), kustomization.getMetadata().getResourceVersion());
  }

  /** The Kustomizations that were made for an assemblage. */
  List<Kustomization> ofAssemblage(ObjectKey assemblage) {
    return kustomizations.byIndex(BY_ASSEMBLAGE, assemblage.toString());
  }

  /** The Kustomizations of an assemblage that the API server has, whatever the cache says. */
  boolean anyStored(ObjectKey assemblage) {
    return client
        .resources(Kustomization.class)
        .inNamespace(assemblage.namespace())
        .withLabel(Expansion.ASSEMBLAGE, Expansion.assemblageLabel(assemblage.name()))
        .list()
        .getItems()
        .stream()
        .anyMatch(
            kustomization -> assemblageOf(kustomization).filter(assemblage::equals).isPresent());
  }

  boolean isUsed(ObjectKey source) {
    return !kustomizations.byIndex(BY_SOURCE, source.toString()).isEmpty();
  }

  /**
   * Writes what is missing of a sync, or not as it should be.
   *
   * @param variant tells apart what one generation of the assemblage may want at different times
   */
  void bring(ExpandedSync sync, HasMetadata assemblage, String variant) {
    bringSource(sync.source());
    var key = ObjectKey.of(sync.kustomization());
    var stored = kustomizations.find(key).orElse(null);
    if (stored != null && isAsWritten(key, stored)) {
      var now = verified(stored, assemblage, variant);
      if (now.equals(verified.get(key)) || !Drift.between(sync.kustomization(), stored).any()) {
        verified.put(key, now);
        return;
      }
    }
    var now = write(sync.kustomization(), Kustomization.class);
    echoes.put(key, now.getMetadata().getResourceVersion());
    kustomizations.wrote(now);
    written.put(key, new Written(now.getMetadata().getUid(), now.getMetadata().getGeneration()));
    log.atInfo()
        .addKeyValue("kustomization", key)
        .addKeyValue("sync", sync.key())
        .addKeyValue("revision", sync.revision())
        .addKeyValue("source", sync.source().getMetadata().getName())
        .log(stored == null ? "kustomization created" : "kustomization changed");
  }

  /**
   * Marks a Kustomization, where it is there, with what becomes of what it applied, and changes
   * nothing else of it.
   */
  void mark(ObjectKey key, @Nullable DeletionPolicy policy) {
    kustomizations
        .find(key)
        .filter(stored ->
            Expansion.deletionPolicy(stored).orElse(DeletionPolicy.PRUNE)
                != Objects.requireNonNullElse(policy, DeletionPolicy.PRUNE))
        .ifPresent(stored -> patch(stored, Expansion.deletionPolicyPatch(policy)));
  }

  /** Changes a Kustomization with a JSON merge patch; empty where it is gone. */
  Optional<Kustomization> patch(Kustomization kustomization, JsonNode patch) {
    try {
      var now =
          client
              .resource(kustomization)
              .patch(
                  new PatchContext.Builder()
                      .withPatchType(PatchType.JSON_MERGE)
                      .withFieldManager(apply.fieldManager())
                      .build(),
                  client.getKubernetesSerialization().asJson(patch));
      kustomizations.wrote(now);
      return Optional.of(now);
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Deletes this version of a Kustomization and no other.
   *
   * @return false where it was changed meanwhile, as Flux often does
   */
  boolean delete(Kustomization kustomization) {
    if (!deleteExactly(client, kustomization)) {
      return false;
    }
    var key = ObjectKey.of(kustomization);
    written.remove(key);
    verified.remove(key);
    echoes.remove(key);
    return true;
  }

  /** As {@link #delete(Kustomization)}. */
  boolean delete(GitRepository source) {
    if (!deleteExactly(client, source)) {
      return false;
    }
    var key = ObjectKey.of(source);
    verified.remove(key);
    sourceLocks.remove(key);
    log.atInfo().addKeyValue("gitrepository", key).log("gitrepository deleted, not used any more");
    return true;
  }

  /** Whether this version of the object, and no other, is deleted; false where it was changed. */
  static boolean deleteExactly(KubernetesClient client, HasMetadata object) {
    try {
      client
          .resource(object)
          .lockResourceVersion(object.getMetadata().getResourceVersion())
          .delete();
      return true;
    } catch (KubernetesClientException e) {
      return switch (e.getCode()) {
        case HttpURLConnection.HTTP_NOT_FOUND -> true;
        case HttpURLConnection.HTTP_CONFLICT -> false;
        default -> throw e;
      };
    }
  }

  @Override
  public void close() {
    sources.close();
    kustomizations.close();
  }

  /** A thousand assemblages that need the same new source at the same moment write it once. */
  private void bringSource(GitRepository source) {
    var key = ObjectKey.of(source);
    var lock = sourceLocks.computeIfAbsent(key, k -> new ReentrantLock());
    lock.lock();
    try {
      var stored = sources.find(key).orElse(null);
      if (stored != null
          && (verified(stored).equals(verified.get(key)) || !Drift.between(source, stored).any())) {
        verified.put(key, verified(stored));
        return;
      }
      sources.wrote(write(source, GitRepository.class));
      log.atInfo()
          .addKeyValue("gitrepository", key)
          .log(stored == null ? "gitrepository created" : "gitrepository changed");
    } finally {
      lock.unlock();
    }
  }

  private <T extends HasMetadata> T write(T wanted, Class<T> type) {
    var stored = apply.apply(wanted);
    var extras = Drift.between(wanted, stored).extras();
    return extras.isEmpty()
        ? stored
        : apply.removeUnlessChanged(type, stored, extras).orElse(stored);
  }

  /**
   * One that was deleted and made again by somebody else is written again, so that what it says can
   * be believed.
   */
  private boolean isAsWritten(ObjectKey key, Kustomization stored) {
    var ours = written.get(key);
    return ours == null || ours.uid().equals(stored.getMetadata().getUid());
  }

  private static Verified verified(Kustomization stored, HasMetadata assemblage, String variant) {
    return new Verified(
        Version.of(stored),
        assemblage.getMetadata().getUid(),
        assemblage.getMetadata().getGeneration(),
        variant);
  }

  private static Verified verified(GitRepository stored) {
    return new Verified(Version.of(stored), "", 0, "");
  }

  /**
   * The assemblage that a Kustomization was made for. The owner counts for more than the
   * annotation: neither is lost, nor given to another assemblage, by an edit of one of them. Empty
   * where it is that of an assemblage of another kind.
   */
  Optional<ObjectKey> assemblageOf(Kustomization kustomization) {
    var metadata = kustomization.getMetadata();
    var owner =
        metadata.getOwnerReferences().stream()
            .filter(reference -> Boolean.TRUE.equals(reference.getController()))
            .filter(reference -> reference.getApiVersion().startsWith(FleetModule.GROUP + "/"))
            .findFirst();
    if (owner.isPresent() && !owner.get().getKind().equals(assemblageKind)) {
      return Optional.empty();
    }
    return owner
        .map(OwnerReference::getName)
        .or(() ->
            Optional.ofNullable(metadata.getAnnotations())
                .map(annotations -> annotations.get(Expansion.ASSEMBLAGE)))
        .map(name -> new ObjectKey(metadata.getNamespace(), name));
  }

  static ObjectKey sourceOf(Kustomization kustomization) {
    var reference = kustomization.getSpec().getSourceRef();
    return new ObjectKey(
        kustomization.getMetadata().getNamespace(),
        reference == null ? "" : String.valueOf(reference.getName()));
  }

  /** Lists every object in the cluster, and nobody here reads it. */
  private static void withoutInventory(Kustomization kustomization) {
    if (kustomization.getStatus() != null) {
      kustomization.getStatus().setInventory(null);
      kustomization.getStatus().setHistory(null);
    }
  }
}
