package dev.tranche.controlplane.git;

import dev.tranche.controlplane.server.ServerException;

/** A git server that did not give what was asked of it. */
public final class GitException extends ServerException {
  /** The ssh server's key is not the one of {@code known_hosts}, or not in it. */
  public static final String HOST_KEY_REFUSED = "HostKeyRefused";

  /** The proxy does not pass on what was asked. */
  public static final String PROXY_FAILED = "ProxyFailed";

  private static final long serialVersionUID = 1L;

  GitException(String reason, String message) {
    super(reason, message);
  }
}
