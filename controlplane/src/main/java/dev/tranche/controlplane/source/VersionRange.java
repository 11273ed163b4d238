package dev.tranche.controlplane.source;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A range of versions, with the meaning that it has in Flux, which takes it from Masterminds/semver
 * 3.5. Java's libraries follow npm, where {@code >=1.0.0-0} does not match {@code 1.1.0-rc.1} and
 * {@code ~0.0.0} matches less.
 */
final class VersionRange {
  private static final int LONGEST = 512;
  private static final int MOST_ALTERNATIVES = 32;
  private static final String VERSION =
      "v?([0-9xX*]++)(?:\\.([0-9xX*]++))?+(?:\\.([0-9xX*]++))?+"
          + "(?:-([0-9A-Za-z-]++(?:\\.[0-9A-Za-z-]++)*+))?+"
          + "(?:\\+[0-9A-Za-z-]++(?:\\.[0-9A-Za-z-]++)*+)?+";
  private static final Pattern HYPHEN =
      Pattern.compile("(?<from>%s)\\s++-\\s++(?<to>%s)".formatted(VERSION, VERSION));
  private static final Pattern COMPARISON =
      Pattern.compile("\\s*+(>=|=>|<=|=<|!=|~>|=|>|<|~|\\^)?+\\s*+" + VERSION);
  private static final Pattern SEPARATOR = Pattern.compile("\\s*+,|\\s++(?!,)");

  private final List<Alternative> alternatives;

  private VersionRange(List<Alternative> alternatives) {
    this.alternatives = alternatives;
  }

  /**
   * Reads a range.
   *
   * @throws IllegalArgumentException where it is none; the message says what is wrong, as the end
   *     of a sentence about the range
   */
  static VersionRange of(String range) {
    if (range.length() > LONGEST) {
      throw new IllegalArgumentException("is longer than %d characters".formatted(LONGEST));
    }
    var alternatives =
        HYPHEN.matcher(range).replaceAll(">= ${from}, <= ${to} ").split("\\|\\|", -1);
    if (alternatives.length > MOST_ALTERNATIVES) {
      throw new IllegalArgumentException(
          "has more than %d alternatives".formatted(MOST_ALTERNATIVES));
    }
    return new VersionRange(Stream.of(alternatives).map(VersionRange::alternative).toList());
  }

  /**
   * The tag of the highest version in the range, and of equal ones, such as {@code 1.0.0} and
   * {@code v1.0.0}, always the same one. Tags that are no versions do not count.
   */
  Optional<String> highest(Stream<String> tags) {
    return tags.flatMap(tag ->
            Version.ofTag(tag)
                .filter(this::contains)
                .map(version -> new Tagged(version, tag))
                .stream())
        .max(Comparator.comparing(Tagged::version).thenComparing(Tagged::tag))
        .map(Tagged::tag);
  }

  private record Tagged(Version version, String tag) {}

  boolean contains(Version version) {
    return alternatives.stream().anyMatch(alternative -> alternative.contains(version));
  }

  private static Alternative alternative(String text) {
    var comparisons = new ArrayList<Comparison>();
    var next = COMPARISON.matcher(text);
    var between = SEPARATOR.matcher(text);
    var end = text.stripTrailing().length();
    int at = 0;
    while (true) {
      if (!next.region(at, end).lookingAt()) {
        throw new IllegalArgumentException(
            text.isBlank()
                ? "has an empty alternative"
                : "is not understood at '%s'".formatted(text.substring(at, end)));
      }
      comparisons.add(Comparison.of(next.toMatchResult()));
      at = next.end();
      if (at == end) {
        return new Alternative(
            List.copyOf(comparisons),
            comparisons.stream().anyMatch(comparison -> comparison.than.isPreRelease()));
      }
      if (!between.region(at, end).lookingAt()) {
        throw new IllegalArgumentException(
            "is not understood at '%s'".formatted(text.substring(at, end)));
      }
      at = between.end();
    }
  }

  private record Alternative(List<Comparison> all, boolean preReleases) {
    boolean contains(Version version) {
      return (preReleases || !version.isPreRelease())
          && all.stream().allMatch(comparison -> comparison.holds(version));
    }
  }

  /**
   * One comparison. What is not given or {@code x} counts as 0 in {@code than}.
   *
   * @param open whether any number is not given
   * @param minorOpen whether the minor number is the first of them
   * @param patchOpen whether the patch is
   */
  private record Comparison(
      String operator, Version than, boolean open, boolean minorOpen, boolean patchOpen) {
    static Comparison of(MatchResult parts) {
      var operator = parts.group(1) == null ? "" : parts.group(1);
      var preRelease = parts.group(5) == null ? "" : parts.group(5);
      boolean majorOpen = isOpen(parts.group(2));
      boolean minorOpen = !majorOpen && isOpen(parts.group(3));
      boolean patchOpen = !majorOpen && !minorOpen && isOpen(parts.group(4));
      boolean open = majorOpen || minorOpen || patchOpen;
      try {
        return new Comparison(
            operator,
            new Version(
                majorOpen ? 0 : number(parts.group(2)),
                majorOpen || minorOpen ? 0 : number(parts.group(3)),
                open ? 0 : number(parts.group(4)),
                Version.preRelease(preRelease)),
            open,
            minorOpen,
            patchOpen);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "has no version at '%s'".formatted(parts.group().strip()), e);
      }
    }

    boolean holds(Version version) {
      return switch (operator) {
        case "!=" -> !isEqual(version);
        case ">" -> isGreater(version);
        case "<" -> version.compareTo(than) < 0;
        case ">=", "=>" -> version.compareTo(than) >= 0;
        case "<=", "=<" -> isLessOrEqual(version);
        case "~", "~>" -> isNear(version);
        case "^" -> isCompatible(version);
        default -> open ? isNear(version) : version.compareTo(than) == 0;
      };
    }

    private boolean isEqual(Version version) {
      if (!open) {
        return version.compareTo(than) == 0;
      }
      if (than.major() != version.major()) {
        return false;
      }
      if (minorOpen) {
        return true;
      }
      if (than.minor() != version.minor()) {
        return false;
      }
      return patchOpen
          ? Version.comparePreReleases(version.preRelease(), than.preRelease()) == 0
          : version.compareTo(than) == 0;
    }

    private boolean isGreater(Version version) {
      if (!open || than.major() != version.major()) {
        return open
            ? Long.compareUnsigned(version.major(), than.major()) > 0
            : version.compareTo(than) > 0;
      }
      if (minorOpen) {
        return false;
      }
      return patchOpen
          ? Long.compareUnsigned(version.minor(), than.minor()) > 0
          : version.compareTo(than) > 0;
    }

    private boolean isLessOrEqual(Version version) {
      if (!open) {
        return version.compareTo(than) <= 0;
      }
      var byMajor = Long.compareUnsigned(version.major(), than.major());
      return byMajor < 0
          || (byMajor == 0
              && (minorOpen || Long.compareUnsigned(version.minor(), than.minor()) <= 0));
    }

    private boolean isNear(Version version) {
      if (version.compareTo(than) < 0) {
        return false;
      }
      var zero = than.major() == 0 && than.minor() == 0 && than.patch() == 0;
      if (zero && !minorOpen && !patchOpen) {
        return true;
      }
      return version.major() == than.major() && (minorOpen || version.minor() == than.minor());
    }

    private boolean isCompatible(Version version) {
      if (version.compareTo(than) < 0) {
        return false;
      }
      if (than.major() != 0 || minorOpen) {
        return version.major() == than.major();
      }
      if (version.major() != 0) {
        return false;
      }
      if (than.minor() != 0 || patchOpen) {
        return version.minor() == than.minor();
      }
      return version.minor() == 0 && version.patch() == than.patch();
    }

    private static boolean isOpen(@Nullable String number) {
      return number == null || number.equals("x") || number.equals("X") || number.equals("*");
    }

    private static long number(String text) {
      return Long.parseUnsignedLong(text);
    }
  }
}
