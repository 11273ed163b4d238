package dev.tranche.crd.v1alpha1;

/** What an entry is called within its assemblage, in spec and status alike. */
public record SyncKey(String origin, String name) implements Comparable<SyncKey> {
  @Override
  public int compareTo(SyncKey other) {
    int byOrigin = origin.compareTo(other.origin);
    return byOrigin != 0 ? byOrigin : name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return origin + "/" + name;
  }
}
