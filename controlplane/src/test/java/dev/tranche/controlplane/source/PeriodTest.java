package dev.tranche.controlplane.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class PeriodTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void spreadsRegularQuestions() {
    assertThat(Period.next(MINUTE, 0, 0)).isEqualTo(Duration.ofSeconds(54));
    assertThat(Period.next(MINUTE, 0, 0.5)).isEqualTo(MINUTE);
    assertThat(Period.next(MINUTE, 0, 1)).isEqualTo(Duration.ofSeconds(66));
  }

  @Test
  void comesBackSoonAfterAFailureAndThenEverLater() {
    assertThat(Period.next(MINUTE, 1, 0)).isEqualTo(Duration.ofSeconds(1));
    assertThat(Period.next(MINUTE, 1, 1)).isEqualTo(Duration.ofMillis(500));
    assertThat(Period.next(MINUTE, 4, 0)).isEqualTo(Duration.ofSeconds(8));
    assertThat(Period.next(MINUTE, 8, 0)).isEqualTo(MINUTE.multipliedBy(2));
    assertThat(Period.next(MINUTE, 1_000_000, 0)).isEqualTo(MINUTE.multipliedBy(2));
  }

  @Test
  void hasBounds() {
    assertThat(Period.next(Duration.ZERO, 0, 0.5)).isEqualTo(Duration.ofSeconds(1));
    assertThat(Period.next(Duration.ofSeconds(Long.MAX_VALUE), 0, 0.5)).isPositive();
    assertThat(Period.next(Duration.ofSeconds(Long.MAX_VALUE), 99, 0.5)).isPositive();
    assertThat(Period.first(MINUTE, 0)).isZero();
    assertThat(Period.first(MINUTE, 0.5)).isEqualTo(Duration.ofSeconds(30));
  }
}
