package dev.tranche.controlplane;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/** Everything that an API server stores in a namespace, of whatever kind. */
final class EveryObject {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final KubernetesClient client;

  private EveryObject(KubernetesClient client) {
    this.client = client;
  }

  /** As JSON, with kind and apiVersion. */
  static List<JsonNode> in(KubernetesClient client, String namespace) {
    return new EveryObject(client).all(namespace);
  }

  private List<JsonNode> all(String namespace) {
    var versions = new ArrayList<>(List.of("/api/v1"));
    elements(get("/apis").path("groups"))
        .forEach(
            group -> versions.add("/apis/" + group.at("/preferredVersion/groupVersion").asText()));
    var objects = new ArrayList<JsonNode>();
    for (var version : versions) {
      for (var resource : elements(get(version).path("resources"))) {
        var name = resource.path("name").asText();
        if (resource.path("namespaced").asBoolean()
            && !name.contains("/")
            && resource.path("verbs").toString().contains("\"list\"")) {
          objects.addAll(
              elements(
                  get("%s/namespaces/%s/%s".formatted(version, namespace, name)).path("items")));
        }
      }
    }
    return objects;
  }

  private JsonNode get(String path) {
    try {
      return JSON.readTree(client.raw(path));
    } catch (JsonProcessingException e) {
      throw new AssertionError(path, e);
    }
  }

  private static List<JsonNode> elements(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).toList();
  }
}
