package dev.tranche.benchmarks;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waiting for what takes as long as it takes. */
final class Wait {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration LIMIT = Duration.ofMinutes(20);

  private Wait() {}

  static void until(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new BenchmarkException("in vain waited until " + what);
      }
      pause(POLL);
    }
  }

  static void pause(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchmarkException("interrupted", e);
    }
  }
}
