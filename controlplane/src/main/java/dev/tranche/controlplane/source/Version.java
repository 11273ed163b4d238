package dev.tranche.controlplane.source;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A version as of semver.org, without its build metadata, which has no precedence. The numbers are
 * unsigned.
 *
 * @param preRelease the identifiers; empty for a release
 */
record Version(long major, long minor, long patch, List<String> preRelease)
    implements Comparable<Version> {
  private static final int LONGEST = 256;
  private static final Pattern STRICT =
      Pattern.compile(
          "v?(0|[1-9]\\d*+)\\.(0|[1-9]\\d*+)\\.(0|[1-9]\\d*+)"
              + "(?:-([0-9A-Za-z.-]++))?(?:\\+([0-9A-Za-z-]++(?:\\.[0-9A-Za-z-]++)*+))?");

  /** From a tag's name: all three numbers, with or without a {@code v}, as Flux wants it. */
  static Optional<Version> ofTag(String tag) {
    if (tag.length() > LONGEST) {
      return Optional.empty();
    }
    var parts = STRICT.matcher(tag);
    if (!parts.matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Version(
              Long.parseUnsignedLong(parts.group(1)),
              Long.parseUnsignedLong(parts.group(2)),
              Long.parseUnsignedLong(parts.group(3)),
              preRelease(parts.group(4) == null ? "" : parts.group(4))));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * The identifiers of a pre-release.
   *
   * @throws IllegalArgumentException where one is empty or a number that begins with 0
   */
  static List<String> preRelease(String text) {
    if (text.isEmpty()) {
      return List.of();
    }
    var identifiers = List.of(text.split("\\.", -1));
    for (var identifier : identifiers) {
      if (identifier.isEmpty() || (isNumber(identifier) && identifier.matches("0.+"))) {
        throw new IllegalArgumentException("not a pre-release: " + text);
      }
    }
    return identifiers;
  }

  boolean isPreRelease() {
    return !preRelease.isEmpty();
  }

  @Override
  public int compareTo(Version other) {
    var byNumbers = Long.compareUnsigned(major, other.major);
    if (byNumbers == 0) {
      byNumbers = Long.compareUnsigned(minor, other.minor);
    }
    if (byNumbers == 0) {
      byNumbers = Long.compareUnsigned(patch, other.patch);
    }
    return byNumbers == 0 ? comparePreReleases(preRelease, other.preRelease) : byNumbers;
  }

  static int comparePreReleases(List<String> one, List<String> other) {
    if (one.isEmpty() || other.isEmpty()) {
      return Boolean.compare(one.isEmpty(), other.isEmpty());
    }
    for (int i = 0; i < Math.min(one.size(), other.size()); i++) {
      var compared = compareIdentifiers(one.get(i), other.get(i));
      if (compared != 0) {
        return compared;
      }
    }
    return Integer.compare(one.size(), other.size());
  }

  private static int compareIdentifiers(String one, String other) {
    var numbers = isNumber(one) && isNumber(other);
    if (numbers && one.length() != other.length()) {
      return Integer.compare(one.length(), other.length());
    }
    return isNumber(one) == isNumber(other) ? one.compareTo(other) : isNumber(one) ? -1 : 1;
  }

  private static boolean isNumber(String identifier) {
    return identifier.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
