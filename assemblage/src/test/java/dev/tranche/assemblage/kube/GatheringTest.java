package dev.tranche.assemblage.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class GatheringTest {
  private static final Duration LONGEST = Duration.ofMillis(300);
  private static final ObjectKey KEY = new ObjectKey("fleet", "paris");

  private final Gathering gathering = new Gathering(LONGEST);

  @Test
  void whatWasNeverWrittenIsWrittenAtOnce() {
    assertThat(gathering.rest(KEY)).isZero();
    assertThat(gathering.period(KEY)).isZero();
  }

  @Test
  void whatIsDearToWriteIsPutOffButNotForEver() {
    assertThat(gathering.writing(KEY, () -> slowly("written"))).isEqualTo("written");
    assertThat(gathering.period(KEY)).isEqualTo(LONGEST);
    assertThat(gathering.rest(KEY)).isPositive().isLessThanOrEqualTo(LONGEST);
    assertThat(gathering.rest(new ObjectKey("fleet", "rome"))).isZero();
    Awaitility.await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(gathering.rest(KEY)).isZero());
    gathering.forget(KEY);
    assertThat(gathering.period(KEY)).isZero();
  }

  @Test
  void aWriteThatFailedPutsNothingOff() {
    assertThatThrownBy(() -> gathering.writing(KEY, GatheringTest::refused))
        .isInstanceOf(IllegalStateException.class);
    assertThat(gathering.rest(KEY)).isZero();
  }

  private static String refused() {
    slowly("refused");
    throw new IllegalStateException("refused");
  }

  private static String slowly(String word) {
    long begun = System.nanoTime();
    Awaitility.await()
        .pollInterval(Duration.ofMillis(5))
        .until(() -> System.nanoTime() - begun > LONGEST.toNanos() / 4);
    return word;
  }
}
