package dev.tranche.controlplane.assignment;

import dev.tranche.assemblage.kube.Gathering;
import dev.tranche.assemblage.kube.Throttle;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.SyncKey;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is wanted and not written yet. Wishes for one assemblage that come within a moment are
 * carried out together, one attempt at a time, and what cannot be written is tried again until it
 * is.
 */
final class WishQueue implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WishQueue.class);

  /** Long enough for modules that change together to meet, short enough for nobody to notice. */
  private static final Duration GATHERING = Duration.ofMillis(50);

  private static final Duration LONGEST_GATHERING = Duration.ofSeconds(5);

  /** Where one module alone wants something lately, there is nobody to wait for. */
  private static final Duration GATHERING_ALONE = Duration.ofMillis(5);

  private static final Duration LATELY = Duration.ofSeconds(2);

  private static final Duration FIRST_RETRY = Duration.ofMillis(500);
  private static final Duration LAST_RETRY = Duration.ofSeconds(30);

  /** More writers only wait for each other in the API server. */
  private static final int WRITERS = 8;

  private final Carrier carrier;
  private final ScheduledThreadPoolExecutor writers;
  private final Map<Place, Wishes> waiting = new ConcurrentHashMap<>();
  private final Wishers wishers = new Wishers();
  private final Map<Delivery, Gathering> gatherings = new EnumMap<>(Delivery.class);
  private volatile BiConsumer<Place, Set<SyncKey>> troubleListener = (place, syncs) -> {};

  WishQueue(Carrier carrier) {
    this.carrier = carrier;
    for (var delivery : Delivery.values()) {
      gatherings.put(delivery, new Gathering(LONGEST_GATHERING));
    }
    this.writers =
        new ScheduledThreadPoolExecutor(
            WRITERS, Thread.ofPlatform().name("assignments-", 0).factory());
    this.writers.setRemoveOnCancelPolicy(true);
    this.writers.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** Writes; never throws. */
  @FunctionalInterface
  interface Carrier {
    Outcome carryOut(Place place, Map<SyncKey, Wish> wanted);
  }

  /**
   * What came of an attempt.
   *
   * @param done what need not be tried again
   * @param trouble why the rest has to be; null where there is no rest
   * @param refused whether the API server refused something for what it says
   */
  record Outcome(Map<SyncKey, Wish> done, @Nullable String trouble, boolean refused) {
    private static final Outcome NOTHING = new Outcome(Map.of(), null, false);

    static Outcome done(Map<SyncKey, Wish> done) {
      return new Outcome(done, null, false);
    }

    static Outcome trouble(String trouble, boolean refused) {
      return new Outcome(Map.of(), trouble, refused);
    }

    private Outcome and(Outcome other) {
      var both = new TreeMap<>(done);
      both.putAll(other.done);
      return new Outcome(both, trouble == null ? other.trouble : trouble, refused || other.refused);
    }
  }

  void onTrouble(BiConsumer<Place, Set<SyncKey>> listener) {
    troubleListener = listener;
  }

  /** What kept the last attempt for a sync from succeeding; empty where nothing did. */
  Optional<String> trouble(Place place, SyncKey sync) {
    return Optional.ofNullable(waiting.get(place)).map(wishes -> wishes.troubles.get(sync));
  }

  void wish(Place place, SyncKey key, Wish wish) {
    var delay = wishers.several(key) ? gathering(place) : GATHERING_ALONE;
    waiting.compute(
        place,
        (k, before) -> {
          var wishes = before == null ? new Wishes() : before;
          boolean news = !wish.equals(wishes.syncs.put(key, wish));
          // What is wanted anew does not wait for what failed before.
          if (before == null || (news && !wishes.troubles.isEmpty() && !wishes.writing)) {
            wishes.attempts = 0;
            schedule(place, wishes, delay);
          }
          return wishes;
        });
  }

  /** Ends the writers; what is being written is finished, what waits is given up. */
  @Override
  public void close() {
    writers.shutdown();
    try {
      if (!writers.awaitTermination(10, TimeUnit.SECONDS)) {
        writers.shutdownNow();
      }
    } catch (InterruptedException e) {
      writers.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  /** What is wanted for one assemblage and not written yet. */
  private static final class Wishes {
    private final Map<SyncKey, Wish> syncs = new TreeMap<>();
    private int attempts;
    private volatile Map<SyncKey, String> troubles = Map.of();
    private boolean writing;
    private @Nullable Future<?> next;
  }

  /** Whether several syncs are being wished for. */
  private static final class Wishers {
    private @Nullable SyncKey last;
    private long lastAt;
    private long severalUntil = System.nanoTime();

    /** Called with each wish. */
    synchronized boolean several(SyncKey key) {
      long now = System.nanoTime();
      if (last != null && !key.equals(last) && now - lastAt < LATELY.toNanos()) {
        severalUntil = now + LATELY.toNanos();
      }
      last = key;
      lastAt = now;
      return now - severalUntil < 0;
    }
  }

  /** What writes of assemblages of a delivery took. */
  Gathering gatheringOf(Delivery delivery) {
    return Objects.requireNonNull(gatherings.get(delivery));
  }

  private Duration gathering(Place place) {
    return Throttle.between(
        GATHERING, gatheringOf(place.delivery()).rest(place.cluster()), LONGEST_GATHERING);
  }

  private void schedule(Place place, Wishes wishes, Duration delay) {
    if (wishes.next != null) {
      wishes.next.cancel(false);
    }
    try {
      wishes.next = writers.schedule(() -> fulfil(place), delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.atDebug().addKeyValue("assemblage", place).log("stopping, not written");
    }
  }

  /** One at a time for an assemblage: while it is under way, it is scheduled only from here. */
  private void fulfil(Place place) {
    var wanted = new TreeMap<SyncKey, Wish>();
    waiting.computeIfPresent(
        place,
        (key, wishes) -> {
          if (!wishes.writing) {
            wishes.writing = true;
            wanted.putAll(wishes.syncs);
          }
          return wishes;
        });
    if (wanted.isEmpty()) {
      return;
    }
    var outcome = carrier.carryOut(place, wanted);
    if (outcome.refused() && wanted.size() > 1) {
      // What one module wants may be what is refused, and the others are not to wait for it.
      outcome =
          wanted.entrySet().stream()
              .map(wish -> carrier.carryOut(place, Map.of(wish.getKey(), wish.getValue())))
              .reduce(Outcome.NOTHING, Outcome::and);
    }
    settle(place, wanted, outcome);
  }

  private void settle(Place place, Map<SyncKey, Wish> attempted, Outcome outcome) {
    var concerned = new TreeSet<SyncKey>();
    waiting.computeIfPresent(
        place,
        (key, wishes) -> {
          wishes.writing = false;
          var troubles = troubles(attempted, outcome);
          concerned.addAll(changed(wishes.troubles, troubles));
          wishes.troubles = troubles;
          outcome.done().forEach(wishes.syncs::remove);
          if (wishes.syncs.isEmpty()) {
            return null;
          }
          if (attempted.entrySet().containsAll(wishes.syncs.entrySet())) {
            var delay = FIRST_RETRY.multipliedBy(1L << Math.min(wishes.attempts++, 6));
            schedule(place, wishes, delay.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : delay);
          } else {
            // What is wanted anew does not wait for what failed before.
            wishes.attempts = 0;
            schedule(place, wishes, gathering(place));
          }
          return wishes;
        });
    if (!concerned.isEmpty()) {
      troubleListener.accept(place, concerned);
    }
  }

  private static Map<SyncKey, String> troubles(Map<SyncKey, Wish> attempted, Outcome outcome) {
    var trouble = outcome.trouble();
    var troubles = new TreeMap<SyncKey, String>();
    if (trouble != null) {
      attempted.keySet().forEach(sync -> troubles.put(sync, trouble));
      outcome.done().keySet().forEach(troubles::remove);
    }
    return troubles;
  }

  private static Set<SyncKey> changed(Map<SyncKey, String> before, Map<SyncKey, String> after) {
    var changed = new TreeSet<>(before.keySet());
    changed.addAll(after.keySet());
    changed.removeIf(sync -> Objects.equals(before.get(sync), after.get(sync)));
    return changed;
  }
}
