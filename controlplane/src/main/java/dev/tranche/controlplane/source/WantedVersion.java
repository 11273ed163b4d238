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
}
