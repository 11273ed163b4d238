package dev.tranche.controlplane.proxyassemblage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.crd.v1alpha1.SyncKey;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The Secrets that entries of an assemblage name. */
final class NeededSecrets {
  private static final List<String> REFERENCES =
      List.of(
          "/source/git/secretRef/name",
          "/source/git/proxySecretRef/name",
          "/source/git/verify/secretRef/name",
          "/source/oci/secretRef/name",
          "/source/oci/certSecretRef/name",
          "/source/oci/proxySecretRef/name",
          "/source/oci/verify/secretRef/name",
          "/source/oci/verify/trustedRootSecretRef/name",
          "/package/kustomize/decryption/secretRef/name");

  private static final String SUBSTITUTE_FROM = "/package/kustomize/substituteFrom";

  private static final String VALUES_FROM = "/package/helm/valuesFrom";

  /** What is resolved in the cluster is not known here, and is no Secret of the hub. */
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]*[a-z0-9])?");

  private NeededSecrets() {}

  /**
   * By the name of the Secret, who needs it.
   *
   * @param syncs the entries as JSON
   */
  static Map<String, Set<SyncKey>> of(JsonNode syncs) {
    var needed = new LinkedHashMap<String, Set<SyncKey>>();
    for (var sync : syncs) {
      var key = new SyncKey(sync.path("origin").asText(), sync.path("name").asText());
      REFERENCES.forEach(pointer -> add(needed, sync.at(pointer), key));
      for (var source : sync.at(SUBSTITUTE_FROM)) {
        add(needed, source.path("name"), key);
      }
      for (var source : sync.at(VALUES_FROM)) {
        if (source.path("kind").asText().equals("Secret")) {
          add(needed, source.path("name"), key);
        }
      }
    }
    return needed;
  }

  private static void add(Map<String, Set<SyncKey>> needed, JsonNode name, SyncKey key) {
    if (name.isTextual() && NAME.matcher(name.asText()).matches()) {
      needed.computeIfAbsent(name.asText(), n -> new TreeSet<>()).add(key);
    }
  }
}
