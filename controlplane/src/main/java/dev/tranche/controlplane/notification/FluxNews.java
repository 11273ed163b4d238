package dev.tranche.controlplane.notification;

import dev.tranche.assemblage.kube.ObjectKey;

/** Who looks after Flux objects and wants to know when Flux tells of one. */
public interface FluxNews {
  /**
   * Whether an object is looked after; answered from a cache.
   *
   * @param kind such as {@code Kustomization}
   */
  boolean concerns(String kind, ObjectKey object);

  /** Reads an object again from the API server, and goes by what it says then. May block. */
  void readAgain(String kind, ObjectKey object);
}
