package dev.tranche.assemblage.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;

/** The namespace and name of an object whose kind is clear from where it stands. */
public record ObjectKey(String namespace, String name) {
  /** The key of an object that has a namespace and a name. */
  public static ObjectKey of(HasMetadata object) {
    return new ObjectKey(object.getMetadata().getNamespace(), object.getMetadata().getName());
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
