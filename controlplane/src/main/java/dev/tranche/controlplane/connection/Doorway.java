package dev.tranche.controlplane.connection;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Lets only so many clusters be connected at the same moment, since what takes time then is our own
 * processor and a thousand at once would all be late. Who hangs does not stand in the way: nobody
 * stays longer than a moment.
 */
final class Doorway {
  private static final int AT_ONCE = 32;
  private static final Duration LONGEST_STAY = Duration.ofMillis(250);

  private final Semaphore places = new Semaphore(AT_ONCE, true);
  private final ScheduledExecutorService timer;

  Doorway(ScheduledExecutorService timer) {
    this.timer = timer;
  }

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

  /** Waits for a place. */
  Passage enter() throws InterruptedException {
    places.acquire();
    var stays = new AtomicBoolean(true);
    Passage passage =
        () -> {
          if (stays.getAndSet(false)) {
            places.release();
          }
        };
    var _ = timer.schedule(passage::close, LONGEST_STAY.toMillis(), TimeUnit.MILLISECONDS);
    return passage;
  }
}
