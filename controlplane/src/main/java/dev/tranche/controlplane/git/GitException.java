package dev.tranche.controlplane.git;

/**
 * A git server that did not give what was asked of it. The message is a sentence for people without
 * anything secret; there is no cause, which might say more than that.
 */
public final class GitException extends Exception {
  /** The Secret's or the proxy Secret's content cannot be used. */
  public static final String INVALID_CREDENTIALS = "InvalidCredentials";

  /** The URL is none that git servers have. */
  public static final String INVALID_URL = "InvalidURL";

  /** The server does not take these credentials, or wants some. */
  public static final String AUTHENTICATION_FAILED = "AuthenticationFailed";

  /** The server knows who asks and does not permit it. */
  public static final String PERMISSION_DENIED = "PermissionDenied";

  /** The ssh server's key is not the one of {@code known_hosts}, or not in it. */
  public static final String HOST_KEY_REFUSED = "HostKeyRefused";

  /** The https server's certificate is not trusted. */
  public static final String CERTIFICATE_REFUSED = "CertificateRefused";

  /** The proxy does not pass on what was asked. */
  public static final String PROXY_FAILED = "ProxyFailed";

  /** There is no such repository, or none that these credentials may see. */
  public static final String REPOSITORY_NOT_FOUND = "RepositoryNotFound";

  /** There was no connection to the server. */
  public static final String UNREACHABLE = "Unreachable";

  /** There was no whole answer before the deadline. */
  public static final String TIMED_OUT = "TimedOut";

  /** The server says that something is wrong with it. */
  public static final String SERVER_ERROR = "ServerError";

  /** What answered is no git server, or not one that is understood. */
  public static final String INVALID_ANSWER = "InvalidAnswer";

  private static final long serialVersionUID = 1L;

  private final String reason;
  private final String sentence;

  GitException(String reason, String message) {
    super(message);
    this.reason = reason;
    this.sentence = message;
  }

  /** One of the constants here; stable, for conditions. */
  public String reason() {
    return reason;
  }

  @Override
  public String getMessage() {
    return sentence;
  }
}
