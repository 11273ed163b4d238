package dev.tranche.controlplane.kubeconfig;

import dev.tranche.controlplane.kubeconfig.KubeconfigVerdict.Refused;

/** Ends the check of a kubeconfig at the first thing that speaks against it. */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String reason;
  private final String message;

  RefusedException(String reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
    this.message = message;
  }

  static RefusedException invalid(String message) {
    return new RefusedException("KubeconfigInvalid", message);
  }

  Refused refused() {
    return new Refused(reason, message);
  }
}
