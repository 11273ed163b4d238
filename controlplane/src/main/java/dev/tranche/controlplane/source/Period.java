package dev.tranche.controlplane.source;

import java.time.Duration;

/** When to ask again. */
final class Period {
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofDays(3650);
  private static final double JITTER = 0.1;

  private Period() {}

  /**
   * How long after the beginning of a question the next one begins.
   *
   * @param failures how many questions in a row had no answer
   * @param random from 0 up to 1, spreads those who began at the same moment
   */
  static Duration next(Duration interval, int failures, double random) {
    var regular = bounded(interval);
    if (failures == 0) {
      return times(regular, 1 - JITTER + 2 * JITTER * random);
    }
    var doubled = SHORTEST.multipliedBy(1L << Math.min(failures - 1, 20));
    var longest = regular.multipliedBy(2);
    return times(doubled.compareTo(longest) < 0 ? doubled : longest, 1 - random / 2);
  }

  /** How long the first question has where an answer is recorded. */
  static Duration first(Duration interval, double random) {
    return times(bounded(interval), random);
  }

  private static Duration bounded(Duration interval) {
    var atLeast = interval.compareTo(SHORTEST) < 0 ? SHORTEST : interval;
    return atLeast.compareTo(LONGEST) > 0 ? LONGEST : atLeast;
  }

  private static Duration times(Duration duration, double factor) {
    return Duration.ofNanos((long) (duration.toNanos() * factor));
  }
}
