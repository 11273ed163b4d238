package dev.tranche.controlplane.connection;

/**
 * What was last seen of one object in a cluster; it may be old where the cluster is not reached.
 */
public sealed interface Observed<T> {
  /** Nothing was seen yet. */
  record NotYet<T>() implements Observed<T> {}

  /** The cluster does not know the kind. */
  record KindMissing<T>() implements Observed<T> {}

  /** There is no such object. */
  record Absent<T>() implements Observed<T> {}

  /** The object as it is there. */
  record Present<T>(T object) implements Observed<T> {}

  /**
   * It may not be looked at.
   *
   * @param reason a stable word
   */
  record Refused<T>(String reason, String message) implements Observed<T> {}
}
