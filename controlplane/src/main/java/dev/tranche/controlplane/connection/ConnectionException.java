package dev.tranche.controlplane.connection;

import java.io.Serial;

/**
 * That a call to a cluster did not succeed. Its message is a sentence for people, without anything
 * of the kubeconfig.
 */
public final class ConnectionException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  /** The code where no answer came. */
  public static final int NO_ANSWER = 0;

  private final String reason;
  private final String sentence;
  private final int code;

  ConnectionException(String reason, String message) {
    this(reason, message, NO_ANSWER);
  }

  ConnectionException(String reason, String message, int code) {
    super(message, null, false, false);
    this.reason = reason;
    this.sentence = message;
    this.code = code;
  }

  /** A stable word for what is the matter. */
  public String reason() {
    return reason;
  }

  /** What is the matter. */
  public String sentence() {
    return sentence;
  }

  /** The HTTP status of the answer, or {@link #NO_ANSWER}. */
  public int code() {
    return code;
  }
}
