package dev.tranche.controlplane.marker;

import org.jspecify.annotations.Nullable;

/** What became of the wish to move a marker, or to remove it. */
public sealed interface MarkerMove {
  /** It was moved or removed just now, by this call. */
  record Moved() implements MarkerMove {}

  /** It means that commit already, or is gone already; nothing was written. */
  record AlreadyThere() implements MarkerMove {}

  /**
   * It is not where it was expected, and was left alone.
   *
   * @param found the full hash of the commit that it means; null where it is gone
   */
  record MovedByOther(@Nullable String found) implements MarkerMove {}

  /**
   * The repository can be read, but does not take the tag. Trying again does not help.
   *
   * @param message a sentence for people that says which right is missing on which repository
   */
  record PushRefused(String message) implements MarkerMove {}

  /**
   * The repository could not be asked, or did not say whether it took the tag. Trying again is
   * safe.
   *
   * @param reason a stable word in CamelCase
   * @param message a sentence for people, without secrets
   */
  record Unavailable(String reason, String message) implements MarkerMove {}
}
