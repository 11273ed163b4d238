package dev.tranche.rollout;

import java.util.Map;

/** Chooses clusters by their labels. Pure. */
@FunctionalInterface
public interface Selector {
  /** Whether a cluster with these labels is chosen. */
  boolean matches(Map<String, String> labels);
}
