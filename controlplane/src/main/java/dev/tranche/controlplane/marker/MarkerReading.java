package dev.tranche.controlplane.marker;

/** What the repository says about a marker. */
public sealed interface MarkerReading {
  /**
   * There is one, whoever made it.
   *
   * @param commit the full hash of the commit that it means
   * @param object the full hash of what the tag itself names, a tag object or the commit
   */
  record Found(String commit, String object) implements MarkerReading {}

  /** There is none. */
  record Absent() implements MarkerReading {}

  /**
   * The repository could not be asked.
   *
   * @param reason a stable word in CamelCase
   * @param message a sentence for people, without secrets
   */
  record Unavailable(String reason, String message) implements MarkerReading {}
}
