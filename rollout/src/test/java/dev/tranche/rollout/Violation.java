package dev.tranche.rollout;

import org.jspecify.annotations.Nullable;

/** Something that must always hold does not. */
@SuppressWarnings("serial")
final class Violation extends AssertionError {
  Violation(int invariant, String message) {
    super("invariant %d: %s".formatted(invariant, message));
  }

  Violation(String message, Throwable cause) {
    super(message, cause);
  }

  @SuppressWarnings("AnnotateFormatMethod") // The annotation is in a library that we do not have.
  static void unless(boolean holds, int invariant, String message, @Nullable Object... arguments) {
    if (!holds) {
      throw new Violation(invariant, message.formatted(arguments));
    }
  }
}
