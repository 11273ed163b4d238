package dev.tranche.controlplane.window;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tranche.rollout.Window.Phase;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.NavigableSet;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CronWindowTest {
  /** 2026-11-21 is a Saturday. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "ever",
      textBlock =
          """
          # schedule          | duration | zone         | now                  |        | until
          0 9 * * 1-5         | PT8H     | Europe/Paris | 2026-11-20T07:59:59Z | closed | 2026-11-20T08:00:00Z
          0 9 * * 1-5         | PT8H     | Europe/Paris | 2026-11-20T08:00:00Z | open   | 2026-11-20T16:00:00Z
          0 9 * * 1-5         | PT8H     | Europe/Paris | 2026-11-20T15:59:59Z | open   | 2026-11-20T16:00:00Z
          0 9 * * 1-5         | PT8H     | Europe/Paris | 2026-11-20T16:00:00Z | closed | 2026-11-23T08:00:00Z
          0 9 * * MON-FRI     | PT8H     | UTC          | 2026-11-21T12:00:00Z | closed | 2026-11-23T09:00:00Z
          0 9 * * mon,Wed     | PT8H     | UTC          | 2026-11-21T12:00:00Z | closed | 2026-11-23T09:00:00Z
          0 9 * * 7           | PT8H     | UTC          | 2026-11-21T12:00:00Z | closed | 2026-11-22T09:00:00Z
          0 9 * * 0           | PT8H     | UTC          | 2026-11-21T12:00:00Z | closed | 2026-11-22T09:00:00Z
          0 0 1 JAN-MAR/2 *   | PT1H     | UTC          | 2026-11-21T12:00:00Z | closed | 2027-01-01T00:00:00Z
          */20 6-7 * * *      | PT10M    | UTC          | 2026-11-21T06:29:00Z | open   | 2026-11-21T06:30:00Z
          5/20 * * * *        | PT10M    | UTC          | 2026-11-21T06:20:00Z | closed | 2026-11-21T06:25:00Z
          0 0 ? * 1           | PT1H     | UTC          | 2026-11-21T12:00:00Z | closed | 2026-11-23T00:00:00Z
          # day of month or day of week, where both are given
          0 0 25 * 1          | PT1H     | UTC          | 2026-11-21T12:00:00Z | closed | 2026-11-23T00:00:00Z
          0 0 25 * 1          | PT1H     | UTC          | 2026-11-23T12:00:00Z | closed | 2026-11-25T00:00:00Z
          # macros
          @hourly             | PT10M    | UTC          | 2026-11-21T12:10:00Z | closed | 2026-11-21T13:00:00Z
          @daily              | PT1H     | UTC          | 2026-11-21T12:00:00Z | closed | 2026-11-22T00:00:00Z
          @weekly             | PT1H     | UTC          | 2026-11-23T12:00:00Z | closed | 2026-11-29T00:00:00Z
          @monthly            | PT1H     | UTC          | 2026-11-21T12:00:00Z | closed | 2026-12-01T00:00:00Z
          @yearly             | PT1H     | UTC          | 2026-11-21T12:00:00Z | closed | 2027-01-01T00:00:00Z
          # over midnight and over a month
          0 22 * * 5          | PT4H     | UTC          | 2026-11-21T01:00:00Z | open   | 2026-11-21T02:00:00Z
          0 0 1 * *           | P20D     | UTC          | 2026-11-20T23:00:00Z | open   | 2026-11-21T00:00:00Z
          0 0 1 1 *           | P365D    | UTC          | 2026-11-20T23:00:00Z | open   | 2028-12-31T00:00:00Z
          # overlapping and touching openings are one
          0 8,10 * * *        | PT3H     | UTC          | 2026-11-21T08:30:00Z | open   | 2026-11-21T13:00:00Z
          0 8,10 * * *        | PT2H     | UTC          | 2026-11-21T08:30:00Z | open   | 2026-11-21T12:00:00Z
          */15 8-9 * * *      | PT20M    | UTC          | 2026-11-21T08:30:00Z | open   | 2026-11-21T10:05:00Z
          # seldom and never
          0 0 29 2 *          | PT1H     | UTC          | 2026-11-21T12:00:00Z | closed | 2028-02-29T00:00:00Z
          0 0 29 2 *          | PT1H     | UTC          | 2097-01-01T00:00:00Z | closed | 2104-02-29T00:00:00Z
          0 0 29 2 *          | PT1H     | Europe/Paris | 2097-01-01T00:00:00Z | closed | 2104-02-28T23:00:00Z
          0 0 30 2 *          | PT1H     | UTC          | 2026-11-21T12:00:00Z | closed | ever
          0 0 31 4,6,9,11 *   | P30D     | Europe/Paris | 2026-11-21T12:00:00Z | closed | ever
          # the clock goes forward from 02:00 to 03:00 at 01:00Z
          30 2 * * *          | PT2H     | Europe/Paris | 2026-03-29T00:59:59Z | closed | 2026-03-29T01:00:00Z
          30 2 * * *          | PT2H     | Europe/Paris | 2026-03-29T01:00:00Z | open   | 2026-03-29T03:00:00Z
          30 2 * * *          | PT2H     | Europe/Paris | 2026-03-29T03:00:00Z | closed | 2026-03-30T00:30:00Z
          0 3 * * *           | PT2H     | Europe/Paris | 2026-03-29T00:30:00Z | closed | 2026-03-29T01:00:00Z
          0 22 * * *          | PT6H     | Europe/Paris | 2026-03-28T22:00:00Z | open   | 2026-03-29T03:00:00Z
          30 1 * * *          | PT10M    | Europe/Paris | 2026-03-29T01:00:00Z | closed | 2026-03-29T23:30:00Z
          # the clock goes back from 03:00 to 02:00 at 01:00Z
          30 2 * * *          | PT10M    | Europe/Paris | 2026-10-25T00:30:00Z | open   | 2026-10-25T00:40:00Z
          30 2 * * *          | PT10M    | Europe/Paris | 2026-10-25T00:40:00Z | closed | 2026-10-25T01:30:00Z
          30 2 * * *          | PT10M    | Europe/Paris | 2026-10-25T01:35:00Z | open   | 2026-10-25T01:40:00Z
          30 2 * * *          | PT1H     | Europe/Paris | 2026-10-25T00:45:00Z | open   | 2026-10-25T02:30:00Z
          30 2 * * *          | PT40M    | Europe/Paris | 2026-10-25T01:05:00Z | open   | 2026-10-25T01:10:00Z
          30 2 * * *          | PT1H     | Europe/Paris | 2026-10-25T02:30:00Z | closed | 2026-10-26T01:30:00Z
          0 22 * * *          | PT6H     | Europe/Paris | 2026-10-24T21:00:00Z | open   | 2026-10-25T02:00:00Z
          """)
  void phases(
      String schedule,
      Duration duration,
      String zone,
      Instant now,
      String phase,
      @Nullable Instant until) {
    assertThat(CronWindow.of(schedule, duration, zone).at(now))
        .isEqualTo(new Phase(phase.equals("open"), until));
  }

  @Test
  void anHourlyWindowOfAnHourHasNoHoleWhenTheClockChanges() {
    var window = CronWindow.of("0 * * * *", Duration.ofHours(1), "Europe/Paris");
    for (var day : new String[] {"2026-03-29", "2026-10-25"}) {
      for (int minute = 0; minute < 300; minute++) {
        var now = Instant.parse(day + "T00:00:00Z").plus(Duration.ofMinutes(minute));
        assertThat(window.at(now).open()).as("%s", now).isTrue();
        assertThat(window.at(now).until()).isAfter(now);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "9",
        "0 9 * *",
        "0 9 * * * *",
        "61 9 * * *",
        "0 24 * * *",
        "0 9 0 * *",
        "0 9 32 * *",
        "0 9 * 13 *",
        "0 9 * * 8",
        "0 9 * * FRI-MON",
        "0 9 * * someday",
        "-5 9 * * *",
        "*/0 9 * * *",
        "0 9 L * *",
        "0 9 1W * *",
        "0 9 * * 1#2",
        "0 9|10 * * *",
        "0 9 * * * || 0 10 * * *",
        "TZ=UTC 0 9 * * *",
        "@reboot",
        "99999999999 9 * * *",
      })
  void refusesASchedule(String schedule) {
    assertThatThrownBy(() -> CronWindow.of(schedule, Duration.ofHours(1), "UTC"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("schedule \"" + schedule + "\" is not understood (")
        .hasMessageContaining("it has five fields, minute, hour, day of month, month and day");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Europe/Atlantis", "Europe/paris", "+01:00", "CEST", "local"})
  void refusesATimeZone(String zone) {
    assertThatThrownBy(() -> CronWindow.of("0 9 * * *", Duration.ofHours(1), zone))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "time zone \"%s\" is not known: use a name of the IANA's, such as Europe/Paris or UTC"
                .formatted(zone));
  }

  @ParameterizedTest
  @CsvSource({"PT0S, is not positive", "PT-1H, is not positive", "P367D, is more than a year"})
  void refusesADuration(Duration duration, String why) {
    assertThatThrownBy(() -> CronWindow.of("0 9 * * *", duration, "UTC"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  /** Against every minute of 14 months looked at one by one. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "UTC",
        "Europe/Paris",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Chatham"
      })
  void agreesWithLookingAtEveryMinute(String zone) {
    var random = new Random(zone.hashCode());
    for (int i = 0; i < 12; i++) {
      var schedule = Schedule.random(random);
      var duration = Duration.ofMinutes(1 + random.nextInt(random.nextBoolean() ? 90 : 3_000));
      var openings = schedule.openings(ZoneId.of(zone));
      var window = CronWindow.of(schedule.cron(), duration, zone);
      for (int j = 0; j < 60; j++) {
        var now = instant(random, openings, ZoneId.of(zone));
        var phase = window.at(now);
        var last = openings.floor(now);
        var described = schedule.cron() + " for " + duration + " in " + zone + " at " + now;
        if (last == null || !last.plus(duration).isAfter(now)) {
          assertThat(phase).as(described).isEqualTo(new Phase(false, openings.higher(now)));
        } else {
          assertThat(phase.open()).as(described).isTrue();
          int chain = 0;
          for (var next = openings.floor(last.plus(duration));
              next != null && next.isAfter(last) && chain < 64;
              next = openings.floor(last.plus(duration))) {
            last = next;
            chain++;
          }
          assertThat(phase.until()).as(described).isEqualTo(last.plus(duration));
        }
      }
    }
  }

  /** Half of them near a change of the clock, where mistakes are. */
  private static Instant instant(Random random, SortedSet<Instant> openings, ZoneId zone) {
    var first = Schedule.FROM.plus(Duration.ofDays(30)).getEpochSecond();
    var any = Instant.ofEpochSecond(first + random.nextInt(200 * 86_400));
    var change = zone.getRules().nextTransition(any);
    if (random.nextBoolean() && change != null && change.getInstant().isBefore(Schedule.LAST)) {
      return change.getInstant().plusSeconds(60L * random.nextInt(-120, 120));
    }
    return openings.isEmpty() || random.nextBoolean()
        ? any
        : openings.tailSet(any).isEmpty() ? any : openings.tailSet(any).first();
  }

  private record Schedule(
      SortedSet<Integer> minutes,
      SortedSet<Integer> hours,
      SortedSet<Integer> days,
      SortedSet<Integer> months,
      SortedSet<Integer> weekdays) {
    static final Instant FROM = Instant.parse("2025-12-01T00:00:00Z");
    static final Instant LAST = Instant.parse("2026-11-01T00:00:00Z");
    private static final Instant TO = Instant.parse("2027-12-01T00:00:00Z");

    static Schedule random(Random random) {
      return new Schedule(
          some(random, 0, 59, 4),
          random.nextBoolean() ? some(random, 0, 4, 3) : all(0, 23),
          random.nextBoolean() ? some(random, 1, 31, 6) : all(1, 31),
          all(1, 12),
          random.nextBoolean() ? some(random, 0, 6, 3) : all(0, 6));
    }

    String cron() {
      return String.join(
          " ",
          text(minutes, 60),
          text(hours, 24),
          text(days, 31),
          text(months, 12),
          text(weekdays, 7));
    }

    NavigableSet<Instant> openings(ZoneId zone) {
      var openings = new TreeSet<Instant>();
      for (var at = FROM; at.isBefore(TO); at = at.plusSeconds(60)) {
        if (matches(at.atZone(zone).toLocalDateTime())) {
          openings.add(at);
        }
      }
      for (var change = zone.getRules().nextTransition(FROM);
          change != null && change.getInstant().isBefore(TO);
          change = zone.getRules().nextTransition(change.getInstant())) {
        for (var skipped = change.getDateTimeBefore();
            skipped.isBefore(change.getDateTimeAfter());
            skipped = skipped.plusMinutes(1)) {
          if (matches(skipped)) {
            openings.add(change.getInstant());
          }
        }
      }
      return openings;
    }

    private boolean matches(LocalDateTime time) {
      var day = days.contains(time.getDayOfMonth());
      var weekday = weekdays.contains(time.getDayOfWeek().getValue() % DayOfWeek.values().length);
      return minutes.contains(time.getMinute())
          && hours.contains(time.getHour())
          && months.contains(time.getMonthValue())
          && (isEither() ? day || weekday : day && weekday);
    }

    /** A quirk of cron: one of the two is enough where both are limited. */
    private boolean isEither() {
      return days.size() < 31 && weekdays.size() < 7;
    }

    private static SortedSet<Integer> some(Random random, int first, int last, int atMost) {
      var some = new TreeSet<Integer>();
      IntStream.rangeClosed(0, random.nextInt(atMost))
          .forEach(i -> some.add(random.nextInt(first, last + 1)));
      return some;
    }

    private static SortedSet<Integer> all(int first, int last) {
      return IntStream.rangeClosed(first, last)
          .boxed()
          .collect(TreeSet::new, TreeSet::add, TreeSet::addAll);
    }

    private static String text(SortedSet<Integer> values, int all) {
      return values.size() == all
          ? "*"
          : values.stream().map(String::valueOf).collect(joining(","));
    }
  }
}
