package dev.tranche.controlplane.server;

import dev.tranche.assemblage.kube.ObjectKey;
import java.util.Map;
import java.util.Optional;

/** Where Secrets are read. */
@FunctionalInterface
public interface Secrets {
  /**
   * The content of a Secret as it is now, decoded, by its keys. May block; is called by many
   * threads at once, before each question.
   *
   * @return empty where there is no such Secret
   */
  Optional<Map<String, String>> read(ObjectKey secret);
}
