package dev.tranche.assemblage.kube;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Spaces the writes of an object by a few times as long as the last one took, within a limit. So a
 * small object on an idle API server is written at once, and one that is dear to write, or that
 * waits its turn with many others, is written less often, with more news each time.
 */
public final class Gathering {
  private static final int TIMES_THE_LAST_WRITE = 8;

  private final Duration longest;
  private final Map<ObjectKey, Write> lastWrites = new ConcurrentHashMap<>();

  private record Write(long endedAt, Duration took) {}

  /**
   * Gathers news.
   *
   * @param longest that a write is put off
   */
  public Gathering(Duration longest) {
    this.longest = longest;
  }

  /** How far the writes of an object are to lie apart; zero before the first. */
  public Duration period(ObjectKey key) {
    var last = lastWrites.get(key);
    return last == null
        ? Duration.ZERO
        : Throttle.between(Duration.ZERO, last.took().multipliedBy(TIMES_THE_LAST_WRITE), longest);
  }

  /** How long to go on gathering before an object is written; zero where it is time to write. */
  public Duration rest(ObjectKey key) {
    var last = lastWrites.get(key);
    if (last == null) {
      return Duration.ZERO;
    }
    var rest = period(key).minusNanos(System.nanoTime() - last.endedAt());
    // Whoever waits does so in whole milliseconds.
    return rest.toMillis() < 1 ? Duration.ZERO : rest;
  }

  /** Writes an object; what that throws is passed on. */
  public <T> T writing(ObjectKey key, Supplier<T> write) {
    long begun = System.nanoTime();
    T written = write.get();
    long ended = System.nanoTime();
    lastWrites.put(key, new Write(ended, Duration.ofNanos(ended - begun)));
    return written;
  }

  /** Forgets an object that is gone. */
  public void forget(ObjectKey key) {
    lastWrites.remove(key);
  }
}
