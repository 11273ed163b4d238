package dev.tranche.assemblage.lookup;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.assemblage.binding.ObjectLookup;
import dev.tranche.assemblage.binding.ObjectReference;
import dev.tranche.assemblage.kube.ObjectCache;
import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The objects that bindings read, of whatever kind. A kind is watched in a namespace from the
 * moment that a binding there first reads one of it, so that a change is noticed.
 */
public final class ReferencedObjects implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ReferencedObjects.class);

  /** How long it is believed that a kind is not installed, where nothing else is said. */
  private static final Duration UNKNOWN_KIND_PERIOD = Duration.ofSeconds(10);

  /** Types of Secrets that are not read for anybody: kubeconfigs, and tokens of this cluster. */
  private static final List<String> CREDENTIALS =
      List.of(
          "cluster.x-k8s.io/secret",
          "kubernetes.io/service-account-token",
          "bootstrap.kubernetes.io/token");

  private final KubernetesClient client;
  private final Clock clock;
  private final Duration unknownKindPeriod;
  private final Consumer<String> changed;
  private final Map<ObjectReference.Kind, Kind> kinds = new ConcurrentHashMap<>();
  private final Map<Scope, Watched> watched = new ConcurrentHashMap<>();

  /** As the other, where a kind that is not installed is looked for every ten seconds at most. */
  public ReferencedObjects(KubernetesClient client, Clock clock, Consumer<String> changed) {
    this(client, clock, UNKNOWN_KIND_PERIOD, changed);
  }

  /**
   * Reads with this client.
   *
   * @param unknownKindPeriod how long it is believed that a kind is not installed
   * @param changed called with a namespace whenever an object there that may be referenced has
   *     changed
   */
  public ReferencedObjects(
      KubernetesClient client, Clock clock, Duration unknownKindPeriod, Consumer<String> changed) {
    this.client = client;
    this.clock = clock;
    this.unknownKindPeriod = unknownKindPeriod;
    this.changed = changed;
  }

  /** Looks objects up in one namespace. */
  public ObjectLookup in(String namespace) {
    return reference -> find(namespace, reference.objectKind(), reference.name());
  }

  /**
   * The resource version of an object as it was last seen; empty where it is not there or cannot be
   * read.
   */
  public Optional<String> resourceVersion(String namespace, ObjectReference reference) {
    var informer = watched.get(new Scope(namespace, reference.objectKind()));
    return informer == null
        ? Optional.empty()
        : Optional.ofNullable(informer.get(namespace, reference.name()))
            .map(o -> o.getMetadata().getResourceVersion());
  }

  @Override
  public void close() {
    watched.values().forEach(Watched::close);
  }

  private ObjectLookup.Outcome find(String namespace, ObjectReference.Kind kind, String name) {
    return resource(kind)
        .<ObjectLookup.Outcome>map(resource ->
            watched
                .computeIfAbsent(new Scope(namespace, kind), scope -> new Watched(scope, resource))
                .find(name))
        .orElseGet(ObjectLookup.UnknownKind::new);
  }

  private Optional<APIResource> resource(ObjectReference.Kind kind) {
    var now = clock.instant();
    return kinds
        .compute(
            kind,
            (k, known) ->
                known != null && known.holds(now, unknownKindPeriod)
                    ? known
                    : new Kind(discover(kind), now))
        .resource();
  }

  private Optional<APIResource> discover(ObjectReference.Kind kind) {
    try {
      var resources = client.getApiResources(kind.apiVersion());
      return resources == null
          ? Optional.empty()
          : resources.getResources().stream()
              .filter(resource -> resource.getKind().equals(kind.kind()))
              .filter(resource ->
                  Boolean.TRUE.equals(resource.getNamespaced())
                      && !resource.getName().contains("/"))
              .findFirst();
    } catch (KubernetesClientException e) {
      log.atWarn()
          .addKeyValue("apiVersion", kind.apiVersion())
          .addKeyValue("error", e.getMessage())
          .log("kinds not listed");
      return Optional.empty();
    }
  }

  /** What discovery said of a kind, and when. */
  private record Kind(Optional<APIResource> resource, Instant asked) {
    boolean holds(Instant now, Duration unknownKindPeriod) {
      return resource.isPresent() || now.isBefore(asked.plus(unknownKindPeriod));
    }
  }

  private record Scope(String namespace, ObjectReference.Kind kind) {}

  /** Who may write a module may not therefore have clusters and accounts taken over. */
  private static FilterWatchListDeletable<
          GenericKubernetesResource,
          GenericKubernetesResourceList,
          Resource<GenericKubernetesResource>>
      withoutCredentials(
          FilterWatchListDeletable<
                  GenericKubernetesResource,
                  GenericKubernetesResourceList,
                  Resource<GenericKubernetesResource>>
              secrets) {
    var others = secrets;
    for (var type : CREDENTIALS) {
      others = others.withoutField("type", type);
    }
    return others;
  }

  private final class Watched implements AutoCloseable {
    private final String namespace;
    private final APIResource resource;
    private final ObjectReference.Kind kind;
    private final SharedIndexInformer<GenericKubernetesResource> informer;
    private volatile boolean forbidden;

    Watched(Scope scope, APIResource resource) {
      this.namespace = scope.namespace();
      this.resource = resource;
      this.kind = scope.kind();
      var slash = kind.apiVersion().indexOf('/');
      var context =
          new ResourceDefinitionContext.Builder()
              .withGroup(slash < 0 ? "" : kind.apiVersion().substring(0, slash))
              .withVersion(kind.apiVersion().substring(slash + 1))
              .withKind(kind.kind())
              .withPlural(resource.getName())
              .withNamespaced(true)
              .build();
      var objects = client.genericKubernetesResources(context).inNamespace(namespace);
      informer =
          (kind.isSecret() ? withoutCredentials(objects) : objects)
              .runnableInformer(0)
              .itemStore(new ObjectCache.TrimmingStore<>(object -> {}))
              .exceptionHandler((started, problem) -> {
                refused(problem);
                return true;
              });
      informer.addEventHandler(
          new ResourceEventHandler<>() {
            @Override
            public void onAdd(GenericKubernetesResource object) {
              arrived();
            }

            @Override
            public void onUpdate(
                GenericKubernetesResource before, GenericKubernetesResource after) {
              if (!before
                  .getMetadata()
                  .getResourceVersion()
                  .equals(after.getMetadata().getResourceVersion())) {
                arrived();
              }
            }

            @Override
            public void onDelete(GenericKubernetesResource object, boolean finalStateUnknown) {
              arrived();
            }
          });
      var _ = informer.start().whenComplete((done, problem) -> arrived());
    }

    ObjectLookup.Outcome find(String name) {
      // Allowed again, it is told by the watch alone where no object has changed meanwhile.
      if (forbidden && !informer.isWatching()) {
        var group = kind.apiVersion().contains("/") ? "." + kind.apiVersion().split("/", 2)[0] : "";
        return new ObjectLookup.Forbidden("list", resource.getName() + group, namespace);
      }
      if (!informer.hasSynced()) {
        return new ObjectLookup.NotLoaded();
      }
      var object = get(namespace, name);
      return object == null
          ? new ObjectLookup.Missing()
          : new ObjectLookup.Found(
              client.getKubernetesSerialization().convertValue(object, JsonNode.class));
    }

    @Nullable GenericKubernetesResource get(String namespace, String name) {
      return informer.getStore().getByKey(Cache.namespaceKeyFunc(namespace, name));
    }

    private void refused(Throwable problem) {
      for (Throwable t = problem; t != null; t = t.getCause()) {
        if (t instanceof KubernetesClientException e
            && e.getCode() == HttpURLConnection.HTTP_FORBIDDEN) {
          if (!forbidden) {
            forbidden = true;
            changed.accept(namespace);
          }
          return;
        }
      }
    }

    private void arrived() {
      forbidden = false;
      changed.accept(namespace);
    }

    @Override
    public void close() {
      informer.close();
    }
  }
}
