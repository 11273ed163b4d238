package dev.tranche.assemblage.flux;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.assemblage.Drift;
import dev.tranche.assemblage.Expansion;
import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.kube.RequiredKinds;
import dev.tranche.assemblage.kube.ServerSideApply;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * One kind of Flux objects: those that are ours, and how they are written.
 *
 * @param remedy what to do where the kind is not installed; empty where nothing works without it
 */
record FluxKind<T extends HasMetadata>(
    KubernetesClient client,
    ServerSideApply apply,
    Class<T> type,
    ObjectCache<T> cache,
    Optional<String> remedy)
    implements AutoCloseable {
  /**
   * A kind with those of its objects that are ours.
   *
   * @param more says what else there is to its cache
   */
  static <T extends HasMetadata> FluxKind<T> of(
      KubernetesClient client,
      ServerSideApply apply,
      Class<T> type,
      Namespaces namespaces,
      Optional<String> remedy,
      UnaryOperator<ObjectCache.Builder<T>> more) {
    var cache =
        ObjectCache.of(client, type, namespaces).withLabel(Expansion.MANAGED_BY, Expansion.MANAGER);
    return new FluxKind<>(client, apply, type, more.apply(cache).build(), remedy);
  }

  /** How the kind is called. */
  String kind() {
    return HasMetadata.getKind(type);
  }

  /**
   * Whether the kind can be worked with. One that is not installed is asked for again and again,
   * and is there once it is.
   */
  boolean isThere() {
    return cache.synced();
  }

  /** Whether the API server serves the kind. */
  boolean isServed() {
    return RequiredKinds.isServed(
        client, HasMetadata.getApiVersion(type), HasMetadata.getPlural(type));
  }

  Optional<T> find(ObjectKey key) {
    return cache.find(key);
  }

  /** Brings into the cache what the API server says of an object. */
  void readAgain(ObjectKey key) {
    var now = client.resources(type).inNamespace(key.namespace()).withName(key.name()).get();
    // That it is gone, the watch tells.
    if (now != null) {
      cache.wrote(now);
    }
  }

  /** The objects with a label that the API server has, whatever the cache says. */
  List<T> stored(String namespace, String label, String value) {
    try {
      return client
          .resources(type)
          .inNamespace(namespace)
          .withLabel(label, value)
          .list()
          .getItems();
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return List.of();
      }
      throw e;
    }
  }

  /** Writes an object of this kind as it shall be; returns it as stored. */
  T write(HasMetadata object) {
    var wanted = type.cast(object);
    var stored = apply.apply(wanted);
    var extras = Drift.between(wanted, stored).extras();
    var now =
        extras.isEmpty() ? stored : apply.removeUnlessChanged(type, stored, extras).orElse(stored);
    cache.wrote(now);
    return now;
  }

  /** Changes an object of this kind with a JSON merge patch; empty where it is gone. */
  Optional<T> patch(HasMetadata object, JsonNode patch) {
    try {
      var now =
          client
              .resource(type.cast(object))
              .patch(
                  new PatchContext.Builder()
                      .withPatchType(PatchType.JSON_MERGE)
                      .withFieldManager(apply.fieldManager())
                      .build(),
                  client.getKubernetesSerialization().asJson(patch));
      cache.wrote(now);
      return Optional.of(now);
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
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

  void start() {
    cache.start();
  }

  @Override
  public void close() {
    cache.close();
  }
}
