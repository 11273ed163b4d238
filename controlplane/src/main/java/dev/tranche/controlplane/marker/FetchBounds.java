package dev.tranche.controlplane.marker;

import java.io.IOException;
import org.eclipse.jgit.lib.EmptyProgressMonitor;

/** Ends a fetch, at one of the objects that it brings, once it brings too much or is not wanted. */
final class FetchBounds extends EmptyProgressMonitor {
  private static final int SIZE_LOOKED_AT_EVERY = 4096;

  private final CacheFolder folder;
  private final long bytes;
  private long looks;
  private volatile boolean tooLarge;
  private volatile boolean ended;

  /**
   * @param folder what grows
   * @param bytes how large it may get
   */
  FetchBounds(CacheFolder folder, long bytes) {
    this.folder = folder;
    this.bytes = bytes;
  }

  @Override
  public boolean isCancelled() {
    tooLarge = tooLarge || (++looks % SIZE_LOOKED_AT_EVERY == 0 && grownTooLarge());
    return tooLarge || ended;
  }

  /** Nobody waits for it any more. */
  void end() {
    ended = true;
  }

  boolean tooLarge() {
    return tooLarge;
  }

  private boolean grownTooLarge() {
    try {
      return folder.bytes() > bytes;
    } catch (IOException e) {
      // Nothing to fill any further.
      return true;
    }
  }
}
