package dev.tranche.controlplane.git;

import org.jspecify.annotations.Nullable;

/** What was seen on the way of one conversation; what JGit throws does not say it. */
final class Trail {
  private volatile int status;
  private volatile @Nullable String refusedHostKey;

  /** The status of the newest HTTP response. */
  void status(int code) {
    status = code;
  }

  int status() {
    return status;
  }

  /** Why the ssh server's key was refused, as the end of a sentence about the server. */
  void refusedHostKey(String why) {
    refusedHostKey = why;
  }

  @Nullable String refusedHostKey() {
    return refusedHostKey;
  }
}
