package dev.tranche.controlplane.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PaceTest {
  /** A cluster that hangs right after it was heard of is unreachable when the threshold is over. */
  @ParameterizedTest
  @ValueSource(ints = {5, 10, 30, 60, 600})
  void threeSilentTriesFitIntoTheThreshold(int seconds) {
    var pace = Pace.of(Duration.ofSeconds(seconds));
    var last = pace.idle();
    for (int failure = 1; failure <= Hysteresis.FAILURES; failure++) {
      last = last.plus(pace.deadline());
      if (failure < Hysteresis.FAILURES) {
        last = last.plus(Duration.ofMillis(600));
      }
    }
    assertThat(last).isLessThanOrEqualTo(Duration.ofSeconds(seconds));
  }

  /** One that comes back is found within five seconds, whatever it did before. */
  @Test
  void aLostClusterIsTriedOften() {
    var pace = Pace.of(Duration.ofMinutes(10));
    for (var took : new Duration[] {Duration.ZERO, pace.deadline()}) {
      assertThat(pace.afterFailure(1_000, took).plus(took)).isLessThan(Duration.ofSeconds(5));
    }
    assertThat(pace.afterFailure(1_000, Duration.ZERO)).isGreaterThan(Duration.ofSeconds(1));
  }

  @Test
  void restsAreJittered() {
    var pace = Pace.of(Duration.ofSeconds(30));
    assertThat(
            java.util.stream.Stream.generate(pace::afterSuccess)
                .limit(100)
                .peek(rest ->
                    assertThat(rest).isBetween(Duration.ofSeconds(12), Duration.ofSeconds(15)))
                .distinct())
        .hasSizeGreaterThan(50);
  }
}
