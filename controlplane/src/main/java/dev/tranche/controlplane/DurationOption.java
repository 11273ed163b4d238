package dev.tranche.controlplane;

import dev.tranche.controlplane.rollout.GoDuration;
import java.time.Duration;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a duration of an option. */
final class DurationOption implements ITypeConverter<Duration> {
  private static final Pattern FORM = Pattern.compile("([0-9]+(\\.[0-9]+)?(ms|s|m|h))+");
  private static final Duration LEAST = Duration.ofSeconds(5);

  @Override
  public Duration convert(String value) {
    if (!FORM.matcher(value).matches()) {
      throw new TypeConversionException("'%s' is no duration such as 30s or 2m".formatted(value));
    }
    var duration = GoDuration.parse(value);
    if (duration.compareTo(LEAST) < 0) {
      throw new TypeConversionException("'%s' is less than 5s".formatted(value));
    }
    return duration;
  }
}
