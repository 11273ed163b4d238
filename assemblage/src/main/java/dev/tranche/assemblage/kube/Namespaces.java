package dev.tranche.assemblage.kube;

import java.util.Set;

/**
 * The namespaces that the control plane looks after.
 *
 * @param names empty for all of them
 */
public record Namespaces(Set<String> names) {
  public Namespaces {
    names = Set.copyOf(names);
  }

  /** Whether all namespaces are meant, also those to come. */
  public boolean all() {
    return names.isEmpty();
  }
}
