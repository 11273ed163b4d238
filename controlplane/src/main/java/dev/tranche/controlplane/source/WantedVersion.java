package dev.tranche.controlplane.source;

/** Which version of a source is wanted. */
public sealed interface WantedVersion {
  /**
   * One tag.
   *
   * @param name with or without {@code refs/tags/} before it, in git
   */
  record Tag(String name) implements WantedVersion {}

  /**
   * The highest version in a range.
   *
   * @param semver as Flux takes it, which is as Masterminds/semver does: {@code >=1.0.0 <2.0.0},
   *     {@code 1.x}, {@code ~1.2}, {@code ^1}, {@code *}, alternatives with {@code ||};
   *     pre-releases only where the alternative names one, as {@code >=1.0.0-0} does
   */
  record Range(String semver) implements WantedVersion {}

  /** Whether a tag, without {@code refs/tags/}, is the one that is wanted, or may be it. */
  default boolean admits(String tag) {
    return switch (this) {
      case Tag(var name) -> name.equals(tag) || name.equals("refs/tags/" + tag);
      case Range(var semver) -> {
        try {
          var range = VersionRange.of(semver);
          yield Version.ofTag(tag).filter(range::contains).isPresent();
        } catch (IllegalArgumentException e) {
          yield false;
        }
      }
    };
  }

  /** Whether one tag names a higher version than another; false where one of them names none. */
  static boolean isHigher(String tag, String other) {
    var version = Version.ofTag(tag);
    var before = Version.ofTag(other);
    return version.isPresent() && before.isPresent() && version.get().compareTo(before.get()) > 0;
  }
}
