package dev.tranche.controlplane.kubeconfig;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tranche.controlplane.kubeconfig.KubeconfigCheck.CurrentContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes a kubeconfig that has one context. */
final class MinimalKubeconfig {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private MinimalKubeconfig() {}

  static String of(CurrentContext current) {
    var config = new LinkedHashMap<String, Object>();
    config.put("apiVersion", "v1");
    config.put("kind", "Config");
    config.put("current-context", current.name());
    config.put("contexts", entry(current.name(), "context", current.context()));
    config.put("clusters", entry(current.clusterName(), "cluster", current.cluster()));
    config.put("users", entry(current.userName(), "user", current.user()));
    try {
      return JSON.writeValueAsString(config) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("what was read from YAML can be written as JSON", e);
    }
  }

  private static List<Map<String, Object>> entry(String name, String key, Map<?, ?> content) {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("name", name);
    entry.put(key, content);
    return List.of(entry);
  }
}
