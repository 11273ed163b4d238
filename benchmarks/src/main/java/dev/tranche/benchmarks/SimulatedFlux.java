package dev.tranche.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.source.v1.GitRepository;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Writes the status that Flux would write, at once: every source is fetched, and everything is
 * applied and healthy. Real Flux does some four Kustomizations a second and would be all that is
 * measured.
 */
final class SimulatedFlux implements AutoCloseable {
  private static final int WORKERS = 4;
  private static final PatchContext MERGE =
      new PatchContext.Builder()
          .withPatchType(PatchType.JSON_MERGE)
          .withFieldManager("simulated-flux")
          .build();
  private static final ObjectMapper JSON = new ObjectMapper();

  private final KubernetesClient client;
  private final String namespace;
  private final SharedIndexInformer<GitRepository> sources;
  private final SharedIndexInformer<Kustomization> kustomizations;
  private final ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
  private final Set<String> queued = ConcurrentHashMap.newKeySet();
  private volatile boolean paused;

  private SimulatedFlux(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
    sources = client.resources(GitRepository.class).inNamespace(namespace).runnableInformer(0);
    kustomizations =
        client.resources(Kustomization.class).inNamespace(namespace).runnableInformer(0);
    sources.addEventHandler(
        new Changes<>(source -> {
          enqueue(source);
          kustomizations.getStore().list().stream()
              .filter(k -> k.getSpec().getSourceRef().getName().equals(nameOf(source)))
              .forEach(this::enqueue);
        }));
    kustomizations.addEventHandler(new Changes<>(this::enqueue));
  }

  static SimulatedFlux start(KubernetesClient client, String namespace) {
    var flux = new SimulatedFlux(client, namespace);
    flux.sources.run();
    flux.kustomizations.run();
    return flux;
  }

  /** Writes nothing until {@link #resume}, as if there were very much to do. */
  void pause() {
    paused = true;
  }

  void resume() {
    paused = false;
    sources.getStore().list().forEach(this::enqueue);
    kustomizations.getStore().list().forEach(this::enqueue);
  }

  /** Applies one Kustomization that is not applied yet, be it paused; whether there was one. */
  boolean applyOne() {
    sources.getStore().list().forEach(source -> fetch(nameOf(source)));
    return kustomizations.getStore().list().stream().anyMatch(k -> apply(nameOf(k)));
  }

  /** How many Kustomizations there are. */
  int kustomizations() {
    return kustomizations.getStore().listKeys().size();
  }

  /** Whether everything is applied that it knows of. */
  boolean hasAppliedAll() {
    return kustomizations.getStore().list().stream()
        .allMatch(k -> hasApplied(k, k.getMetadata().getGeneration()));
  }

  /** Whether a Kustomization is applied as it was when it had this generation, or a later one. */
  boolean hasApplied(String name, long generation) {
    return hasApplied(Objects.requireNonNull(stored(kustomizations, name)), generation);
  }

  static boolean hasApplied(Kustomization kustomization, long generation) {
    var status = kustomization.getStatus();
    return status != null
        && status.getObservedGeneration() != null
        && status.getObservedGeneration() >= generation;
  }

  @Override
  public void close() {
    sources.close();
    kustomizations.close();
    workers.shutdownNow();
  }

  private void enqueue(HasMetadata object) {
    var key = object.getKind() + "/" + nameOf(object);
    if (paused || !queued.add(key)) {
      return;
    }
    try {
      workers.execute(() -> {
        queued.remove(key);
        work(object.getClass(), nameOf(object));
      });
    } catch (RejectedExecutionException e) {
      queued.remove(key);
    }
  }

  private void work(Class<?> kind, String name) {
    try {
      if (kind == GitRepository.class) {
        fetch(name);
      } else {
        apply(name);
      }
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND && !workers.isShutdown()) {
        throw e;
      }
    }
  }

  private void fetch(String name) {
    var source = stored(sources, name);
    if (source == null || Objects.equals(fetched(source), revision(source))) {
      return;
    }
    var revision = revision(source);
    patch(
        source,
        Map.of(
            "observedGeneration",
            source.getMetadata().getGeneration(),
            "artifact",
            Map.of(
                "revision", revision,
                "digest", "sha256:" + "0".repeat(64),
                "lastUpdateTime", Instant.now().toString(),
                "path", "gitrepository/" + name + ".tar.gz",
                "url", "http://source-controller/gitrepository/" + name + ".tar.gz"),
            "conditions",
            ready(source, "stored artifact for revision '" + revision + "'")));
  }

  private boolean apply(String name) {
    var kustomization = stored(kustomizations, name);
    if (kustomization == null) {
      return false;
    }
    var source = stored(sources, kustomization.getSpec().getSourceRef().getName());
    var revision = source == null ? null : fetched(source);
    var generation = kustomization.getMetadata().getGeneration();
    var status = kustomization.getStatus();
    if (revision == null
        || (status != null
            && Objects.equals(status.getObservedGeneration(), generation)
            && revision.equals(status.getLastAppliedRevision()))) {
      return false;
    }
    patch(
        kustomization,
        Map.of(
            "observedGeneration", generation,
            "lastAppliedRevision", revision,
            "lastAttemptedRevision", revision,
            "conditions", ready(kustomization, "Applied revision: " + revision)));
    return true;
  }

  private static List<Map<String, Object>> ready(HasMetadata object, String message) {
    return List.of(
        Map.of(
            "type",
            "Ready",
            "status",
            "True",
            "reason",
            "Succeeded",
            "message",
            message,
            "lastTransitionTime",
            Instant.now().toString(),
            "observedGeneration",
            object.getMetadata().getGeneration()));
  }

  private void patch(HasMetadata object, Map<String, Object> status) {
    try {
      // By name alone the client would read the object first.
      client
          .resource(object)
          .subresource("status")
          .patch(MERGE, JSON.writeValueAsString(Map.of("status", status)));
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What it has fetched of a source as it is now; null where nothing yet. */
  private static @Nullable String fetched(GitRepository source) {
    var status = source.getStatus();
    return status == null
            || status.getArtifact() == null
            || !Objects.equals(status.getObservedGeneration(), source.getMetadata().getGeneration())
        ? null
        : status.getArtifact().getRevision();
  }

  private static String revision(GitRepository source) {
    return "sha1:" + source.getSpec().getRef().getCommit();
  }

  private <T extends HasMetadata> @Nullable T stored(SharedIndexInformer<T> objects, String name) {
    return objects.getStore().getByKey(Cache.namespaceKeyFunc(namespace, name));
  }

  private static String nameOf(HasMetadata object) {
    return object.getMetadata().getName();
  }

  /** Tells of everything that is there now. */
  private record Changes<T>(java.util.function.Consumer<T> listener)
      implements ResourceEventHandler<T> {
    @Override
    public void onAdd(T object) {
      listener.accept(object);
    }

    @Override
    public void onUpdate(T before, T after) {
      listener.accept(after);
    }

    @Override
    public void onDelete(T object, boolean finalStateUnknown) {
      // What is gone has no status.
    }
  }
}
