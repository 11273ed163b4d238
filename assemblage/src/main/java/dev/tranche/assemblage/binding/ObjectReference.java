package dev.tranche.assemblage.binding;

/** An object in the module's own namespace. */
public record ObjectReference(String apiVersion, String kind, String name) {

  /** A kind of objects. */
  public record Kind(String apiVersion, String kind) {

    /** Whether the values of such objects are to stay secret. */
    public boolean isSecret() {
      return kind.equals("Secret") && apiVersion.equals("v1");
    }
  }

  /** The kind of the object. */
  public Kind objectKind() {
    return new Kind(apiVersion, kind);
  }

  /** Whether its values are to stay secret. */
  public boolean isSecret() {
    return objectKind().isSecret();
  }

  /** Such as {@code ConfigMap "regions"} or {@code Cluster.cluster.x-k8s.io "eu-1"}. */
  @Override
  public String toString() {
    int slash = apiVersion.indexOf('/');
    return kind + (slash < 0 ? "" : "." + apiVersion.substring(0, slash)) + " \"" + name + "\"";
  }
}
