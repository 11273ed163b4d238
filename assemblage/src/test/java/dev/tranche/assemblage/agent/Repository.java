package dev.tranche.assemblage.agent;

import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.git.GitRepo;
import java.util.Map;

/**
 * A git repository whose every version puts one ConfigMap into the namespace of the test, which
 * says which version it is and what a variable was.
 *
 * @param name of the ConfigMap, and of entries
 */
record Repository(GitRepo git, String namespace, String name) {
  static Repository create(Fleet fleet, Workload workload, String name, String... versions) {
    var git = fleet.git().createRepository(workload.namespace() + "-" + name);
    for (var version : versions) {
      git.commit(
          Map.of(
              "cm.yaml",
              """
              apiVersion: v1
              kind: ConfigMap
              metadata: {name: %s, namespace: %s}
              data: {version: %s, value: "${VALUE:=none}"}
              """
                  .formatted(name, workload.namespace(), version)),
          version);
      git.tag(version);
    }
    return new Repository(git, workload.namespace(), name);
  }

  /** An entry whose revision is the version. */
  String entry(String version) {
    return entry("Module", version, version, "");
  }

  /**
   * An entry.
   *
   * @param more fields of it, each preceded by a comma
   */
  String entry(String origin, String version, String revision, String more) {
    return """
    {origin: %s, name: %s, revision: "%s", source: {git: {url: "%s", version: {tag: %s}}}%s}\
    """
        .formatted(origin, name, revision, git.url(), version, more);
  }

  /** An entry that writes a value into the ConfigMap, with its bindings. */
  String valued(String revision, String value, String bindings) {
    return entry(
        "Module",
        "v1",
        revision,
        """
        , package: {kustomize: {substitute: {VALUE: "%s"}}}, bindings: [%s]\
        """
            .formatted(value, bindings));
  }
}
