package dev.tranche.controlplane.window;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import dev.tranche.rollout.Window;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A window that opens whenever the clock on the wall of a time zone matches a cron schedule, and
 * stays open for a duration of elapsed time. Openings that touch or overlap are one.
 *
 * <p>Where the clock goes back, it matches twice and the window opens twice, as a CronJob of
 * Kubernetes starts twice. Where the clock goes forward over a match, the window opens at that
 * moment: a CronJob would not start that day, but nobody wants to lose a night for changes.
 *
 * <p>Of a window that stays open through very many openings, {@code until} is the end of the last
 * one that was looked at: a time to look again.
 */
public final class CronWindow implements Window {
  private static final int LONGEST_CHAIN = 64;
  private static final Duration LONGEST = Duration.ofDays(366);

  // The parser reads more than this, such as several schedules in one.
  private static final Pattern CHARACTERS = Pattern.compile("[0-9A-Za-z*/, \\t-]*");

  // The first year of a cycle in which all combinations of month, day and day of the week come.
  private static final ZonedDateTime ANY_TIME =
      ZonedDateTime.of(2000, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

  private final ExecutionTime schedule;
  private final boolean everOpens;
  private final Duration duration;
  private final ZoneRules zone;

  private CronWindow(ExecutionTime schedule, Duration duration, ZoneRules zone) {
    this.schedule = schedule;
    this.everOpens = schedule.nextExecution(ANY_TIME).isPresent();
    this.duration = duration;
    this.zone = zone;
  }

  /**
   * Reads a window.
   *
   * @param schedule when it opens: the five fields of cron as CronJobs have them (minute, hour, day
   *     of month, month, day of week), with names, ranges, steps and lists; or {@code @hourly},
   *     {@code @daily}, {@code @midnight}, {@code @weekly}, {@code @monthly}, {@code @yearly},
   *     {@code @annually}
   * @param duration how long it stays open; positive, and a year at most
   * @param timeZone a name of the IANA's, such as {@code Europe/Paris} or {@code UTC}
   * @throws IllegalArgumentException with a sentence for whoever wrote it
   */
  public static CronWindow of(String schedule, Duration duration, String timeZone) {
    if (!ZoneId.getAvailableZoneIds().contains(timeZone)) {
      throw new IllegalArgumentException(
          "time zone \"%s\" is not known: use a name of the IANA's, such as Europe/Paris or UTC"
              .formatted(timeZone));
    }
    if (!duration.isPositive()) {
      throw new IllegalArgumentException(
          "duration %s is not positive: the window would never be open".formatted(duration));
    }
    if (duration.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("duration %s is more than a year".formatted(duration));
    }
    return new CronWindow(parse(schedule), duration, ZoneId.of(timeZone).getRules());
  }

  @Override
  public Phase at(Instant now) {
    if (!everOpens) {
      return new Phase(false, null);
    }
    var opened = lastOpening(now, now.minus(duration));
    if (opened == null || !opened.plus(duration).isAfter(now)) {
      return new Phase(false, nextOpening(now));
    }
    var closes = opened.plus(duration);
    for (int i = 0; i < LONGEST_CHAIN; i++) {
      var later = lastOpening(closes, opened);
      if (later == null || !later.isAfter(opened)) {
        break;
      }
      opened = later;
      closes = opened.plus(duration);
    }
    return new Phase(true, closes);
  }

  private static ExecutionTime parse(String schedule) {
    var fields =
        switch (schedule.strip()) {
          case "@hourly" -> "0 * * * *";
          case "@daily", "@midnight" -> "0 0 * * *";
          case "@weekly" -> "0 0 * * 0";
          case "@monthly" -> "0 0 1 * *";
          case "@yearly", "@annually" -> "0 0 1 1 *";
          // The same in CronJobs.
          case String other -> other.replace('?', '*');
        };
    try {
      if (!CHARACTERS.matcher(fields).matches()) {
        throw new IllegalArgumentException("it has characters that mean nothing there");
      }
      var definition = CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX);
      return ExecutionTime.forCron(new CronParser(definition).parse(fields));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          ("schedule \"%s\" is not understood (%s): it has five fields, minute, hour, day of"
                  + " month, month and day of week, such as \"0 9 * * MON-FRI\"")
              .formatted(schedule, e.getMessage()),
          e);
    }
  }

  /** The last opening at or before an instant; null where there is none after the earliest. */
  private @Nullable Instant lastOpening(Instant latest, Instant earliest) {
    var end = latest;
    while (true) {
      var begin = zone.previousTransition(end.plusNanos(1));
      var found = lastMatch(end, zone.getOffset(end));
      if (found.isPresent() && (begin == null || !found.get().isBefore(begin.getInstant()))) {
        return found.get();
      }
      if (begin == null || !begin.getInstant().isAfter(earliest)) {
        return null;
      }
      if (skipsMatch(begin)) {
        return begin.getInstant();
      }
      end = begin.getInstant().minusNanos(1);
    }
  }

  /** The first opening after an instant. */
  private Instant nextOpening(Instant now) {
    var begin = now;
    while (true) {
      var end = zone.nextTransition(begin);
      var found = nextMatch(begin, zone.getOffset(begin));
      if (end == null || found.isBefore(end.getInstant())) {
        return found;
      }
      if (skipsMatch(end)) {
        return end.getInstant();
      }
      // A match at the very moment of the transition is one, too.
      var first = nextMatch(end.getInstant().minusNanos(1), end.getOffsetAfter());
      if (first.equals(end.getInstant())) {
        return first;
      }
      begin = end.getInstant();
    }
  }

  /** Whether the clock goes forward over a match. */
  private boolean skipsMatch(ZoneOffsetTransition transition) {
    return transition.isGap()
        && matchAfter(transition.getDateTimeBefore().minusNanos(1))
            .isBefore(transition.getDateTimeAfter());
  }

  private Optional<Instant> lastMatch(Instant latest, ZoneOffset offset) {
    var minuteAfter =
        latest.atOffset(offset).toLocalDateTime().truncatedTo(ChronoUnit.MINUTES).plusMinutes(1);
    return schedule
        .lastExecution(minuteAfter.atZone(ZoneOffset.UTC))
        .map(found -> found.toLocalDateTime().toInstant(offset));
  }

  private Instant nextMatch(Instant before, ZoneOffset offset) {
    return matchAfter(before.atOffset(offset).toLocalDateTime()).toInstant(offset);
  }

  /** Of a clock without a zone, so that the schedule does not meet the zone's changes. */
  private LocalDateTime matchAfter(LocalDateTime time) {
    return schedule.nextExecution(time.atZone(ZoneOffset.UTC)).orElseThrow().toLocalDateTime();
  }
}
