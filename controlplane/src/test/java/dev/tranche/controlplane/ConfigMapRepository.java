package dev.tranche.controlplane;

import dev.tranche.testbed.ApiServer;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.git.GitRepo;
import dev.tranche.testbed.junit.TestNamespace;
import java.util.Map;
import java.util.Optional;

/**
 * A git repository whose every version puts one ConfigMap into the namespace of the test, which
 * says which version it is.
 *
 * @param name of the ConfigMap
 */
record ConfigMapRepository(GitRepo git, String namespace, String name) {
  static ConfigMapRepository create(Fleet fleet, TestNamespace namespace, String name) {
    return new ConfigMapRepository(
        fleet.git().createRepository(namespace.name() + "-" + name), namespace.name(), name);
  }

  /** Commits and tags versions, the first one first. */
  ConfigMapRepository with(String... versions) {
    for (var version : versions) {
      git.commit(Map.of("cm.yaml", manifest(version)), version);
      git.tag(version);
    }
    return this;
  }

  /** A module of the name of the ConfigMap. */
  String module(String version, String selector) {
    return TestFleet.module(name, git.url(), version, selector);
  }

  /** The version that a cluster has; empty where it has none. */
  Optional<String> on(ApiServer cluster) {
    return Optional.ofNullable(
            cluster.client().configMaps().inNamespace(namespace).withName(name).get())
        .map(configMap -> configMap.getData().get("version"));
  }

  private String manifest(String version) {
    return """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: %s, namespace: %s}
    data: {version: %s}
    """
        .formatted(name, namespace, version);
  }
}
