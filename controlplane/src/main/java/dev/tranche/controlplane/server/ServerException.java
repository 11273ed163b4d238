package dev.tranche.controlplane.server;

/**
 * A server that did not give what was asked of it. The message is a sentence for people without
 * anything secret; there is no cause, which might say more than that.
 */
public class ServerException extends Exception {
  /** The content of one of the Secrets cannot be used. */
  public static final String INVALID_CREDENTIALS = "InvalidCredentials";

  /** The URL is none that such servers have. */
  public static final String INVALID_URL = "InvalidURL";

  /** The server does not take these credentials, or wants some. */
  public static final String AUTHENTICATION_FAILED = "AuthenticationFailed";

  /** The server knows who asks and does not permit it. */
  public static final String PERMISSION_DENIED = "PermissionDenied";

  /** The server's certificate is not trusted. */
  public static final String CERTIFICATE_REFUSED = "CertificateRefused";

  /** There is no such repository, or none that these credentials may see. */
  public static final String REPOSITORY_NOT_FOUND = "RepositoryNotFound";

  /** There was no connection to the server. */
  public static final String UNREACHABLE = "Unreachable";

  /** There was no whole answer before the deadline. */
  public static final String TIMED_OUT = "TimedOut";

  /** The server says that something is wrong with it. */
  public static final String SERVER_ERROR = "ServerError";

  /** What answered is no such server, or not one that is understood. */
  public static final String INVALID_ANSWER = "InvalidAnswer";

  private static final long serialVersionUID = 1L;

  private final String reason;
  private final String sentence;

  /**
   * Says why there is no answer.
   *
   * @param reason a stable word in CamelCase, for conditions
   * @param message a sentence for people, without secrets
   */
  public ServerException(String reason, String message) {
    super(message);
    this.reason = reason;
    this.sentence = message;
  }

  /** A stable word, for conditions. */
  public String reason() {
    return reason;
  }

  @Override
  public String getMessage() {
    return sentence;
  }
}
