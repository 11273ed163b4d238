package dev.tranche.controlplane.assignment;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.crd.v1alpha1.Delivery;

/** The assemblage of one cluster for one delivery, whether it is there or not. */
public record Place(Delivery delivery, ObjectKey cluster) {

  /** Such as {@code RemoteAssemblage paris}. */
  @Override
  public String toString() {
    return kind(delivery) + " " + cluster.name();
  }

  /** The kind of the assemblages of a delivery. */
  public static String kind(Delivery delivery) {
    return switch (delivery) {
      case REMOTE -> "RemoteAssemblage";
      case PROXY -> "ProxyAssemblage";
    };
  }
}
