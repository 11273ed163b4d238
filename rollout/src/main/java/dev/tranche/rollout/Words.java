package dev.tranche.rollout;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** How numbers and times are said in sentences. */
final class Words {
  private Words() {}

  /** Such as {@code 1 cluster} or {@code 24 clusters}. */
  static String clusters(int count) {
    return count == 1 ? "1 cluster" : count + " clusters";
  }

  /** As Go and Kubernetes write it, such as {@code 1h30m}. */
  static String duration(Duration duration) {
    return duration.isZero() ? "0s" : duration.toString().substring(2).toLowerCase(Locale.ROOT);
  }

  /** An instant so much later; the last one there is where there is none so late. */
  static Instant after(Instant instant, Duration duration) {
    try {
      return instant.plus(duration);
    } catch (DateTimeException | ArithmeticException e) {
      return Instant.MAX;
    }
  }
}
