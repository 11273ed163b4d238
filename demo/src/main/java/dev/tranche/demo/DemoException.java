package dev.tranche.demo;

/** A step of the demo that did not hold, told in a sentence. */
final class DemoException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DemoException(String message) {
    super(message);
  }
}
