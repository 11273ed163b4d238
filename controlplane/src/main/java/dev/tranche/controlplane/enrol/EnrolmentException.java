package dev.tranche.controlplane.enrol;

/** Why a cluster cannot be enrolled or removed, in one sentence for the person who asked for it. */
final class EnrolmentException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EnrolmentException(String message) {
    super(message);
  }
}
