package dev.tranche.testbed;

/** A fleet that could not do what was asked of it; the message says which program, and why. */
public final class FleetException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  FleetException(String message) {
    super(message);
  }

  FleetException(String message, Throwable cause) {
    super(message, cause);
  }
}
