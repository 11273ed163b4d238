package dev.tranche.benchmarks;

import org.jspecify.annotations.Nullable;

/** Something that is measured did not happen. */
final class BenchmarkException extends RuntimeException {
  BenchmarkException(String message) {
    super(message);
  }

  BenchmarkException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
