package dev.tranche.controlplane.connection;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.kubeconfig.ApiServerAccess;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespaced;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** The words of the Kubernetes API. */
final class Api {
  static final String VERSION = "/version";

  private static final ObjectMapper JSON = JsonMapper.builder().build();
  private static final int MAX_MESSAGE = 300;

  private Api() {}

  /** The path of a kind, in a namespace where it has one. */
  static String path(Class<? extends HasMetadata> type, String namespace) {
    var version = HasMetadata.getApiVersion(type);
    var root = version.contains("/") ? "/apis/" : "/api/";
    var scope = Namespaced.class.isAssignableFrom(type) ? "/namespaces/" + encoded(namespace) : "";
    return root + version + scope + "/" + HasMetadata.getPlural(type);
  }

  static String path(Class<? extends HasMetadata> type, ObjectKey key) {
    return path(type, key.namespace()) + "/" + encoded(key.name());
  }

  static String encoded(String word) {
    return URLEncoder.encode(word, StandardCharsets.UTF_8);
  }

  /** Reads JSON and nothing else, whatever the other side calls it. */
  static JsonNode json(byte[] body) {
    try {
      var tree = JSON.readTree(body);
      return tree == null ? MissingNode.getInstance() : tree;
    } catch (IOException e) {
      throw Trouble.notAnApiServer();
    }
  }

  static byte[] bytes(JsonNode tree) {
    try {
      return JSON.writeValueAsBytes(tree);
    } catch (JacksonException e) {
      throw new IllegalStateException("a tree can be written", e);
    }
  }

  /** Whether this is what an API server says of its version, be it that it may not be told. */
  static void requireVersion(Answer answer, ApiServerAccess access) {
    switch (answer.code()) {
      case HttpURLConnection.HTTP_OK -> {
        if (!json(answer.body().getBytes()).path("gitVersion").isTextual()) {
          throw Trouble.notAnApiServer();
        }
      }
      case HttpURLConnection.HTTP_FORBIDDEN -> {
        if (!json(answer.body().getBytes()).path("kind").asText().equals("Status")) {
          throw Trouble.notAnApiServer();
        }
      }
      default -> throw refusal(answer, access);
    }
  }

  /** What an answer that is none of success means. */
  static ConnectionException refusal(Answer answer, ApiServerAccess access) {
    var told = told(answer, access);
    int code = answer.code();
    if (code == HttpURLConnection.HTTP_UNAUTHORIZED) {
      return new ConnectionException(
          "Unauthorized", "its API server does not accept the credentials of the kubeconfig", code);
    }
    if (code == HttpURLConnection.HTTP_FORBIDDEN) {
      return new ConnectionException("Forbidden", "its API server forbids it: " + told, code);
    }
    if (code == HttpURLConnection.HTTP_NOT_FOUND) {
      return new ConnectionException("NotFound", "its API server does not have it: " + told, code);
    }
    if (code >= HttpURLConnection.HTTP_INTERNAL_ERROR) {
      return new ConnectionException(
          "ServerError", "its API server fails with status %d: %s".formatted(code, told), code);
    }
    return new ConnectionException(
        "Refused", "its API server refuses with status %d: %s".formatted(code, told), code);
  }

  private static String told(Answer answer, ApiServerAccess access) {
    String message;
    try {
      message = json(answer.body().getBytes()).path("message").asText("");
    } catch (ConnectionException e) {
      message = "";
    }
    // It was handed the credentials, and may well hand them back.
    if (message.isEmpty() || access.isRevealedBy(message)) {
      return "it does not say why";
    }
    var shown = message.replaceAll("\\p{Cntrl}", " ");
    return shown.length() > MAX_MESSAGE ? shown.substring(0, MAX_MESSAGE) + "…" : shown;
  }
}
