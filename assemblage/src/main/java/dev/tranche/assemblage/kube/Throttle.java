package dev.tranche.assemblage.kube;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes on what is said of a key at once, and what is said again within a period only once, at its
 * end. So a single change is acted on without delay, and a thousand cost little more than one.
 */
public final class Throttle<K> {
  private static final Logger log = LoggerFactory.getLogger(Throttle.class);

  private final Period<K> period;
  private final ScheduledExecutorService timer;
  private final Consumer<K> action;

  /** The keys within a period, with whether something was said of them since it began. */
  private final Map<K, Boolean> resting = new ConcurrentHashMap<>();

  /** How long what is said of a key is gathered. */
  @FunctionalInterface
  public interface Period<K> {
    /**
     * Called whenever a period begins.
     *
     * @param underway of how many keys something was said lately, this one among them
     */
    Duration of(K key, int underway);
  }

  /**
   * A throttle.
   *
   * @param timer ended by its owner
   * @param action quick; must not block
   */
  public Throttle(Duration period, ScheduledExecutorService timer, Consumer<K> action) {
    this((key, underway) -> period, timer, action);
  }

  /** As the other, where not every period is as long. */
  public Throttle(Period<K> period, ScheduledExecutorService timer, Consumer<K> action) {
    this.period = period;
    this.timer = timer;
    this.action = action;
  }

  /** A period within limits. */
  public static Duration between(Duration shortest, Duration period, Duration longest) {
    if (period.compareTo(shortest) < 0) {
      return shortest;
    }
    return period.compareTo(longest) < 0 ? period : longest;
  }

  /** Something is new; {@code action} is called once more after this was called. */
  public void call(K key) {
    boolean gathered = resting.merge(key, false, (before, now) -> true);
    if (!gathered) {
      pass(key);
    }
  }

  private void pass(K key) {
    action.accept(key);
    var rest = period.of(key, resting.size());
    try {
      var _ = timer.schedule(() -> end(key), rest.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("stopping");
    }
  }

  private void end(K key) {
    boolean again = resting.computeIfPresent(key, (k, gathered) -> gathered ? false : null) != null;
    if (again) {
      pass(key);
    }
  }
}
