package dev.tranche.controlplane.check;

/** A question that could not be asked, or was not answered; the message says why, to people. */
final class UnanswerableException extends RuntimeException {
  UnanswerableException(String message) {
    super(message);
  }
}
