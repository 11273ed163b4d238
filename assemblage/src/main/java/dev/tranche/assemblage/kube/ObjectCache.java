package dev.tranche.assemblage.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A local copy of all objects of a kind, kept current by one watch (one a namespace where
 * namespaces are named) and shared by everyone in the process.
 *
 * <p>What it holds may lag behind the API server, and is never to be changed by who reads it.
 */
public final class ObjectCache<T extends HasMetadata> implements AutoCloseable {
  private static final long PAGE = 500;

  private final List<SharedIndexInformer<T>> informers;

  /** What our own writes returned, until the watch has caught up with it. */
  private final Map<ObjectKey, T> written = new ConcurrentHashMap<>();

  /**
   * The uid that was last seen to go under a name, so that a late answer about it is not believed.
   */
  private final Map<ObjectKey, String> gone = Collections.synchronizedMap(new Recent<>());

  private final Consumer<T> trim;

  private ObjectCache(List<SharedIndexInformer<T>> informers, Consumer<T> trim) {
    this.informers = informers;
    this.trim = trim;
    onChange(this::seen);
  }

  /** What is to be kept of a kind, and how it is found. */
  public static final class Builder<T extends HasMetadata> {
    private final KubernetesClient client;
    private final Class<T> type;
    private final Namespaces namespaces;
    private UnaryOperator<FilterWatchListDeletable<T, KubernetesResourceList<T>, Resource<T>>>
        selection = UnaryOperator.identity();
    private Consumer<T> trim = object -> {};
    private Map<String, Function<T, List<String>>> indexes = Map.of();

    private Builder(KubernetesClient client, Class<T> type, Namespaces namespaces) {
      this.client = client;
      this.type = type;
      this.namespaces = namespaces;
    }

    /** Only objects with this label. */
    public Builder<T> withLabel(String label, String value) {
      selection = objects -> objects.withLabel(label, value);
      return this;
    }

    /** Only objects with a label of this name, whatever its value. */
    public Builder<T> withLabel(String label) {
      selection = objects -> objects.withLabel(label);
      return this;
    }

    /** Only objects whose field has this value. */
    public Builder<T> withField(String field, String value) {
      selection = objects -> objects.withField(field, value);
      return this;
    }

    /** Only objects whose field has none of these values. */
    public Builder<T> withoutField(String field, Set<String> values) {
      selection =
          objects -> {
            var others = objects;
            for (var value : values) {
              others = others.withoutField(field, value);
            }
            return others;
          };
      return this;
    }

    /** Takes out of each object what nobody needs, before it is kept. */
    public Builder<T> trimmed(Consumer<T> trim) {
      this.trim = trim;
      return this;
    }

    /** Makes objects found by other words than their name. */
    public Builder<T> indexed(Map<String, Function<T, List<String>>> indexes) {
      this.indexes = indexes;
      return this;
    }

    /** The cache, empty until it is started. */
    public ObjectCache<T> build() {
      var resources = client.resources(type);
      Stream<FilterWatchListDeletable<T, KubernetesResourceList<T>, Resource<T>>> scopes =
          namespaces.all()
              ? Stream.of(cast(resources.inAnyNamespace()))
              : namespaces.names().stream()
                  .map(namespace -> cast(resources.inNamespace(namespace)));
      return new ObjectCache<>(
          scopes.map(scope -> informer(selection.apply(scope))).toList(), trim);
    }

    @SuppressWarnings("unchecked")
    private static <T extends HasMetadata>
        FilterWatchListDeletable<T, KubernetesResourceList<T>, Resource<T>> cast(
            FilterWatchListDeletable<T, ? extends KubernetesResourceList<T>, Resource<T>> objects) {
      return (FilterWatchListDeletable<T, KubernetesResourceList<T>, Resource<T>>) objects;
    }

    private SharedIndexInformer<T> informer(
        FilterWatchListDeletable<T, KubernetesResourceList<T>, Resource<T>> objects) {
      return objects
          .withLimit(PAGE)
          .runnableInformer(0)
          .itemStore(new TrimmingStore<>(trim))
          .addIndexers(indexes)
          // Whatever stops the watch, such as a kind that is not installed yet, it is to be tried
          // again.
          .exceptionHandler((started, problem) -> true);
    }
  }

  /** A cache of a kind in these namespaces. */
  public static <T extends HasMetadata> Builder<T> of(
      KubernetesClient client, Class<T> type, Namespaces namespaces) {
    return new Builder<>(client, type, namespaces);
  }

  /** Starts to fill the cache; returns at once. */
  public void start() {
    informers.forEach(SharedIndexInformer::start);
  }

  /** Whether the cache was filled once. */
  public boolean synced() {
    return informers.stream().allMatch(SharedIndexInformer::hasSynced);
  }

  /** Whether changes are arriving at the moment. */
  public boolean watching() {
    return informers.stream().allMatch(SharedIndexInformer::isWatching);
  }

  /**
   * The object with this name, as the watch shows it or as our own last write left it, whichever is
   * newer; empty where there is none, or none yet.
   */
  public Optional<T> find(ObjectKey key) {
    var ours = written.get(key);
    return ours != null ? Optional.of(ours) : Optional.ofNullable(cached(key));
  }

  private @Nullable T cached(ObjectKey key) {
    var item = Cache.namespaceKeyFunc(key.namespace(), key.name());
    for (var informer : informers) {
      var object = informer.getStore().getByKey(item);
      if (object != null) {
        return object;
      }
    }
    return null;
  }

  /** Makes what a write returned visible to {@link #find} before the watch brings it. */
  public void wrote(T object) {
    object.getMetadata().setManagedFields(null);
    trim.accept(object);
    written.compute(
        ObjectKey.of(object),
        (key, before) -> {
          var cached = cached(key);
          boolean late =
              object.getMetadata().getUid().equals(gone.get(key))
                  || (cached != null && !older(cached, object));
          return late ? null : object;
        });
  }

  private void seen(@Nullable T before, @Nullable T after) {
    if (after != null) {
      gone.remove(ObjectKey.of(after));
      written.computeIfPresent(
          ObjectKey.of(after), (key, ours) -> older(after, ours) ? ours : null);
    } else if (before != null) {
      var uid = before.getMetadata().getUid();
      written.compute(
          ObjectKey.of(before),
          (key, ours) -> {
            gone.put(key, uid);
            return ours == null || ours.getMetadata().getUid().equals(uid) ? null : ours;
          });
    }
  }

  /** Resource versions of one kind can be compared as numbers (KEP-5504). */
  private static boolean older(HasMetadata one, HasMetadata other) {
    return Long.parseUnsignedLong(one.getMetadata().getResourceVersion())
        < Long.parseUnsignedLong(other.getMetadata().getResourceVersion());
  }

  /** The objects of a namespace, as the watch shows them. */
  public List<T> inNamespace(String namespace) {
    return byIndex(Cache.NAMESPACE_INDEX, namespace);
  }

  /** All objects, as the watch shows them. */
  public Stream<T> all() {
    return informers.stream().flatMap(informer -> informer.getStore().list().stream());
  }

  /** The objects that an index lists under a word, as the watch shows them. */
  public List<T> byIndex(String index, String word) {
    if (informers.size() == 1) {
      return informers.getFirst().getIndexer().byIndex(index, word);
    }
    var found = new ArrayList<T>();
    informers.forEach(informer -> found.addAll(informer.getIndexer().byIndex(index, word)));
    return found;
  }

  /**
   * Somebody who wants to know of changes. Called one after the other, so it has to be quick and
   * must not block.
   */
  @FunctionalInterface
  public interface Listener<T> {
    /**
     * Called after the cache has changed.
     *
     * @param before null where the object is new
     * @param after null where the object is gone
     */
    void changed(@Nullable T before, @Nullable T after);
  }

  /** Calls somebody on every change from now on, beginning with the objects that are there. */
  public void onChange(Listener<T> listener) {
    var handler =
        new ResourceEventHandler<T>() {
          @Override
          public void onAdd(T object) {
            listener.changed(null, object);
          }

          @Override
          public void onUpdate(T before, T after) {
            listener.changed(before, after);
          }

          @Override
          public void onDelete(T object, boolean finalStateUnknown) {
            listener.changed(object, null);
          }
        };
    informers.forEach(informer -> informer.addEventHandler(handler));
  }

  @Override
  public void close() {
    informers.forEach(SharedIndexInformer::close);
  }

  /** Answers are late by seconds; so many names do not go in that time. */
  private static final class Recent<V> extends LinkedHashMap<ObjectKey, V> {
    private static final int LIMIT = 10_000;

    @Override
    protected boolean removeEldestEntry(Map.Entry<ObjectKey, V> eldest) {
      return size() > LIMIT;
    }
  }

  /**
   * Keeps objects without what nobody reads; managed fields alone are often more than half of an
   * object.
   */
  public static final class TrimmingStore<T extends HasMetadata> extends BasicItemStore<T> {
    private final Consumer<T> trim;

    /** A store that applies {@code trim} to every object before it is kept. */
    public TrimmingStore(Consumer<T> trim) {
      super(Cache::metaNamespaceKeyFunc);
      this.trim = trim;
    }

    @Override
    public @Nullable T put(String key, T object) {
      object.getMetadata().setManagedFields(null);
      trim.accept(object);
      return super.put(key, object);
    }
  }
}
