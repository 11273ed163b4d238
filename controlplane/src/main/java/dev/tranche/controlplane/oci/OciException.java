package dev.tranche.controlplane.oci;

import dev.tranche.controlplane.server.ServerException;

/** A registry that did not give what was asked of it. */
public final class OciException extends ServerException {
  private static final long serialVersionUID = 1L;

  OciException(String reason, String message) {
    super(reason, message);
  }
}
