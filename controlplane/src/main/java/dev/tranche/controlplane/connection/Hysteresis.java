package dev.tranche.controlplane.connection;

import dev.tranche.controlplane.cluster.Reachability;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * Turns single tries into whether a cluster is reached: unreachable after several failures in a row
 * and some time without contact, reached again at the first success.
 */
final class Hysteresis {
  static final int FAILURES = 3;

  private final Duration unreachableAfter;
  private @Nullable Instant firstTry;
  private @Nullable Instant lastContact;
  private int failures;
  private Reachability state = new Reachability.Unknown();

  /**
   * One that knows nothing yet.
   *
   * @param unreachableAfter since the last contact, or the first try where there never was one
   */
  Hysteresis(Duration unreachableAfter) {
    this.unreachableAfter = unreachableAfter;
  }

  synchronized Reachability state() {
    return state;
  }

  synchronized @Nullable Instant lastContact() {
    return lastContact;
  }

  /** How many tries failed since the last contact. */
  synchronized int failures() {
    return failures;
  }

  /** A try begins. */
  synchronized void trying(Instant now) {
    if (firstTry == null) {
      firstTry = now;
    }
  }

  /**
   * Something was heard.
   *
   * @return whether the cluster was not known to be reached before
   */
  synchronized boolean contact(Instant now) {
    lastContact = now;
    failures = 0;
    if (state instanceof Reachability.Reached) {
      return false;
    }
    state = new Reachability.Reached();
    return true;
  }

  /**
   * A try failed.
   *
   * @return whether the state is another one now
   */
  synchronized boolean failed(Instant now, String reason, String message) {
    failures++;
    var since = lastContact != null ? lastContact : firstTry != null ? firstTry : now;
    if (failures < FAILURES
        || now.isBefore(since.plus(unreachableAfter))
        || (state instanceof Reachability.Unreachable known && known.reason().equals(reason))) {
      return false;
    }
    state =
        new Reachability.Unreachable(
            lastContact == null ? null : lastContact.truncatedTo(ChronoUnit.SECONDS),
            reason,
            message);
    return true;
  }

  /** Nobody tries any more, for want of a kubeconfig; returns whether the state is another one. */
  synchronized boolean forget() {
    boolean changed = !(state instanceof Reachability.Unknown);
    state = new Reachability.Unknown();
    firstTry = null;
    failures = 0;
    return changed;
  }
}
