package dev.tranche.controlplane.assignment;

import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.ProxyAssemblage;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The assemblages of a hub, whatever their kind, from caches. */
public final class Assemblages {
  private final AssemblageKind<RemoteAssemblage> remote;
  private final AssemblageKind<ProxyAssemblage> proxy;

  /** The caches are started and ended by their owner. */
  public Assemblages(ObjectCache<RemoteAssemblage> remote, ObjectCache<ProxyAssemblage> proxy) {
    this.remote = AssemblageKind.remote(remote);
    this.proxy = AssemblageKind.proxy(proxy);
  }

  /** Somebody who wants to know of changes, and must not block. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Called after an assemblage has changed.
     *
     * @param before null where it is new
     * @param after null where it is gone
     */
    void changed(@Nullable AssemblageView before, @Nullable AssemblageView after);
  }

  /** The assemblage of a place, also while it is being deleted. */
  public Optional<AssemblageView> find(Place place) {
    return find(kind(place.delivery()), place.cluster());
  }

  /** All assemblages of a namespace. */
  public Stream<AssemblageView> inNamespace(String namespace) {
    return Stream.concat(inNamespace(remote, namespace), inNamespace(proxy, namespace));
  }

  /** All assemblages of a namespace, asked of the API server itself. */
  public Stream<AssemblageView> stored(KubernetesClient client, String namespace) {
    return Stream.concat(stored(remote, client, namespace), stored(proxy, client, namespace));
  }

  /** Calls somebody on every change from now on, beginning with what is there. */
  public void onChange(Listener listener) {
    onChange(remote, listener);
    onChange(proxy, listener);
  }

  AssemblageKind<?> kind(Delivery delivery) {
    return switch (delivery) {
      case REMOTE -> remote;
      case PROXY -> proxy;
    };
  }

  private static <A extends HasMetadata> Optional<AssemblageView> find(
      AssemblageKind<A> kind, ObjectKey key) {
    return kind.cache().find(key).map(kind.view());
  }

  private static <A extends HasMetadata> Stream<AssemblageView> inNamespace(
      AssemblageKind<A> kind, String namespace) {
    return kind.cache().inNamespace(namespace).stream()
        .map(object -> kind.cache().find(ObjectKey.of(object)).orElse(object))
        .map(kind.view());
  }

  private static <A extends HasMetadata> Stream<AssemblageView> stored(
      AssemblageKind<A> kind, KubernetesClient client, String namespace) {
    return client.resources(kind.type()).inNamespace(namespace).list().getItems().stream()
        .map(kind.view());
  }

  private static <A extends HasMetadata> void onChange(AssemblageKind<A> kind, Listener listener) {
    kind.cache()
        .onChange((before, after) ->
            listener.changed(
                before == null ? null : kind.view().apply(before),
                after == null ? null : kind.view().apply(after)));
  }
}
