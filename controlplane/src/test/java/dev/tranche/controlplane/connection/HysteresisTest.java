package dev.tranche.controlplane.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.controlplane.cluster.Reachability;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class HysteresisTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final Hysteresis hysteresis = new Hysteresis(Duration.ofSeconds(30));

  @Test
  void isUnreachableAfterThreeFailuresAndTheThreshold() {
    hysteresis.trying(START);
    assertThat(hysteresis.contact(START)).isTrue();
    assertThat(fail(1)).isFalse();
    assertThat(fail(2)).isFalse();
    assertThat(fail(29)).isFalse();
    assertThat(hysteresis.state()).isEqualTo(new Reachability.Reached());
    assertThat(fail(30)).isTrue();
    assertThat(hysteresis.state())
        .isEqualTo(new Reachability.Unreachable(START, "NoAnswer", "no answer"));
  }

  @Test
  void twoFailuresAreNotEnoughHoweverLongTheyTake() {
    hysteresis.trying(START);
    hysteresis.contact(START);
    fail(100);
    assertThat(fail(200)).isFalse();
    assertThat(fail(201)).isTrue();
  }

  @Test
  void oneContactBeginsAnew() {
    hysteresis.trying(START);
    fail(0);
    fail(1);
    hysteresis.contact(START.plusSeconds(2));
    assertThat(hysteresis.failures()).isZero();
    fail(40);
    assertThat(fail(41)).isFalse();
    assertThat(hysteresis.state()).isInstanceOf(Reachability.Reached.class);
  }

  @Test
  void isReachedAgainAtTheFirstContact() {
    hysteresis.trying(START);
    for (int second = 0; second <= 30; second++) {
      fail(second);
    }
    assertThat(hysteresis.state()).isInstanceOf(Reachability.Unreachable.class);
    assertThat(hysteresis.contact(START.plusSeconds(31))).isTrue();
    assertThat(hysteresis.state()).isEqualTo(new Reachability.Reached());
  }

  /** Provisioning takes its time. */
  @Test
  void oneThatWasNeverReachedHasTheThresholdFromTheFirstTryOn() {
    hysteresis.trying(START);
    for (int second = 0; second < 30; second++) {
      fail(second);
    }
    assertThat(hysteresis.state()).isEqualTo(new Reachability.Unknown());
    fail(30);
    assertThat(hysteresis.state())
        .isEqualTo(new Reachability.Unreachable(null, "NoAnswer", "no answer"));
  }

  @Test
  void staysTheSameWhileItFailsInTheSameWay() {
    hysteresis.trying(START);
    for (int second = 0; second <= 30; second++) {
      fail(second);
    }
    assertThat(fail(31)).isFalse();
    assertThat(hysteresis.failed(START.plusSeconds(32), "ConnectionRefused", "refused")).isTrue();
  }

  private boolean fail(int second) {
    return hysteresis.failed(START.plusSeconds(second), "NoAnswer", "no answer");
  }
}
