package dev.tranche.controlplane.proxyassemblage;

import dev.tranche.assemblage.kube.ObjectKey;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Map;

/**
 * Tells what one ProxyAssemblage of one hub brought to a cluster from everything else there.
 *
 * @param word the value of {@value #PROXIED_BY}
 */
record Ownership(String word) {
  /** On an Assemblage, and on a Secret beside it, which ProxyAssemblage it comes from. */
  static final String PROXIED_BY = "fleet.tranche.dev/proxied-by";

  static final String MANAGED_BY = "app.kubernetes.io/managed-by";
  static final String MANAGER = "tranche";

  /**
   * The ownership of a ProxyAssemblage.
   *
   * @param hub a word that no other hub has
   */
  static Ownership of(String hub, ObjectKey proxyAssemblage) {
    return new Ownership(hub + "/" + proxyAssemblage);
  }

  boolean has(HasMetadata object) {
    var annotations = object.getMetadata().getAnnotations();
    return annotations != null && word.equals(annotations.get(PROXIED_BY));
  }

  Map<String, String> annotations() {
    return Map.of(PROXIED_BY, word);
  }

  static Map<String, String> labels() {
    return Map.of(MANAGED_BY, MANAGER);
  }
}
