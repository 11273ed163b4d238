package dev.tranche.controlplane.connection;

import java.util.concurrent.Semaphore;

/**
 * Lets only so many clusters be connected at the same moment, since what takes time then is often
 * our own processor, and a thousand at once would all be late.
 *
 * <p>Those that did not answer before have a door of their own, and a try ends by its deadline. So
 * clusters that hang keep others waiting at their first try at most.
 */
final class Doorway {
  private static final int ARRIVING = 64;
  private static final int RETURNING = 256;

  private final Semaphore arriving = new Semaphore(ARRIVING, true);
  private final Semaphore returning = new Semaphore(RETURNING, true);

  /** What is closed when one is through. */
  @FunctionalInterface
  interface Passage extends AutoCloseable {
    @Override
    void close();
  }

  /** A passage that nobody waits for. */
  static Passage open() {
    return () -> {};
  }

  /**
   * Waits for a place.
   *
   * @param failedBefore whether the last try failed
   */
  Passage enter(boolean failedBefore) throws InterruptedException {
    var door = failedBefore ? returning : arriving;
    door.acquire();
    return door::release;
  }
}
