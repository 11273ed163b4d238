package dev.tranche.assemblage.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Writes as a field manager, which takes back whatever somebody else set of ours. */
public final class ServerSideApply {
  /** The field manager of everything that the control plane writes on the hub. */
  public static final String FIELD_MANAGER = "tranche";

  /**
   * The resource version that makes an apply create the object or fail with a conflict: no stored
   * object can have it, since etcd counts from 1 before the first write, and the API server
   * compares it only with an object that exists.
   */
  public static final String CREATE_ONLY = "1";

  private final KubernetesClient client;
  private final KubernetesSerialization serialization;
  private final String fieldManager;

  /** Writes with this client under the name of {@code fieldManager}. */
  public ServerSideApply(KubernetesClient client, String fieldManager) {
    this.client = client;
    this.fieldManager = fieldManager;
    this.serialization = client.getKubernetesSerialization();
  }

  /** The field manager that writes. */
  public String fieldManager() {
    return fieldManager;
  }

  /**
   * Applies an object. Where it carries a resource version, that must be the one stored.
   *
   * @return the object as stored
   * @throws io.fabric8.kubernetes.client.KubernetesClientException with code 409 where the resource
   *     version is another
   */
  public <T extends HasMetadata> T apply(T object) {
    return client.resource(object).fieldManager(fieldManager).forceConflicts().serverSideApply();
  }

  /**
   * Applies the status of an object. Where it carries a resource version or a uid, these must be
   * the ones stored.
   *
   * @return the object as stored
   * @throws io.fabric8.kubernetes.client.KubernetesClientException with code 409 where the resource
   *     version is another, 422 where the uid is, and 404 where the object is gone
   */
  public <T extends HasMetadata> T applyStatus(T object) {
    return client
        .resource(object)
        .subresource("status")
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager(fieldManager)
                .withForce(true)
                .build());
  }

  /**
   * What a JSON patch is answered where the object is gone, was changed, or is no longer what was
   * looked at.
   */
  private static final Set<Integer> OVERTAKEN = Set.of(404, 409, 422);

  /**
   * Takes fields out of an object, provided that it is still the version that was looked at. It
   * sets nothing, so that no field gets a second owner.
   *
   * @param pointers JSON Pointers (RFC 6901) to what is taken out
   * @return the object as stored; empty where it was changed or deleted meanwhile
   */
  public <T extends HasMetadata> Optional<T> removeUnlessChanged(
      Class<T> type, T seen, List<String> pointers) {
    var patch = JsonNodeFactory.instance.arrayNode();
    patch.add(
        operation("test", "/metadata/resourceVersion")
            .put("value", seen.getMetadata().getResourceVersion()));
    // From the end of a list to its beginning, so that no removal moves what a later one points at.
    pointers.stream()
        .sorted(BY_POSITION.reversed())
        .forEach(pointer -> patch.add(operation("remove", pointer)));
    try {
      return Optional.of(
          client
              .resources(type)
              .inNamespace(seen.getMetadata().getNamespace())
              .withName(seen.getMetadata().getName())
              .patch(
                  new PatchContext.Builder()
                      .withPatchType(PatchType.JSON)
                      .withFieldManager(fieldManager)
                      .build(),
                  serialization.asJson((JsonNode) patch)));
    } catch (KubernetesClientException e) {
      if (OVERTAKEN.contains(e.getCode())) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static final Comparator<String> BY_POSITION =
      (one, other) -> {
        var left = one.split("/", -1);
        var right = other.split("/", -1);
        for (int i = 0; i < Math.min(left.length, right.length); i++) {
          int order =
              left[i].chars().allMatch(Character::isDigit)
                      && right[i].chars().allMatch(Character::isDigit)
                      && !left[i].isEmpty()
                      && !right[i].isEmpty()
                  ? Integer.compare(Integer.parseInt(left[i]), Integer.parseInt(right[i]))
                  : left[i].compareTo(right[i]);
          if (order != 0) {
            return order;
          }
        }
        return Integer.compare(left.length, right.length);
      };

  private static ObjectNode operation(String op, String path) {
    return JsonNodeFactory.instance.objectNode().put("op", op).put("path", path);
  }
}
