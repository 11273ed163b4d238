package dev.tranche.assemblage.binding;

import java.io.Serial;

/** Ends one resolution; never leaves the package. */
final class UnresolvableException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  private final Resolution.Reason reason;
  private final String sentence;

  UnresolvableException(Resolution.Reason reason, String sentence) {
    // Errors are as common as successes while objects load: no stack traces.
    super(sentence, null, false, false);
    this.reason = reason;
    this.sentence = sentence;
  }

  Resolution.Reason reason() {
    return reason;
  }

  String sentence() {
    return sentence;
  }
}
