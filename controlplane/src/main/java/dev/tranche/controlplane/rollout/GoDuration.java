package dev.tranche.controlplane.rollout;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Pattern;

/** Durations as Go writes them, such as {@code 1h30m} or {@code 1.5s}. */
public final class GoDuration {
  private static final Pattern PART = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)(ms|s|m|h)");

  private GoDuration() {}

  /** Reads a duration that the CRDs' schema lets through. */
  public static Duration parse(String text) {
    var sum = Duration.ZERO;
    var parts = PART.matcher(text);
    while (parts.find()) {
      var unit =
          switch (parts.group(2)) {
            case "ms" -> Duration.ofMillis(1);
            case "s" -> Duration.ofSeconds(1);
            case "m" -> Duration.ofMinutes(1);
            default -> Duration.ofHours(1);
          };
      sum =
          sum.plusNanos(
              new BigDecimal(parts.group(1))
                  .multiply(BigDecimal.valueOf(unit.toNanos()))
                  .longValue());
    }
    return sum;
  }
}
