package dev.tranche.controlplane.source;

/** What became of the question what a version is. No sentence has anything secret. */
public sealed interface SourceAnswer {
  /** There is no tag of this name. */
  String TAG_NOT_FOUND = "TagNotFound";

  /** No tag is in the range. */
  String NO_MATCHING_TAG = "NoMatchingTag";

  /** The range is not one. */
  String INVALID_RANGE = "InvalidRange";

  /** A Secret that is named is not there. */
  String SECRET_NOT_FOUND = "SecretNotFound";

  /** Nobody here knows how to ask this kind of server, or the question failed on this side. */
  String NOT_ASKED = "NotAsked";

  /**
   * It is this.
   *
   * @param tag the name without {@code refs/tags/}
   * @param revision the full hash of the commit, peeled, or the digest with {@code sha256:} before
   *     it
   */
  record Found(String tag, String revision) implements SourceAnswer {}

  /**
   * The server answered, and there is no such version.
   *
   * @param reason one of the constants here
   * @param message a sentence for people
   */
  record NotFound(String reason, String message) implements SourceAnswer {}

  /**
   * There was no answer.
   *
   * @param reason one of the constants here or of {@code GitException}
   * @param message a sentence for people
   */
  record Unavailable(String reason, String message) implements SourceAnswer {}
}
