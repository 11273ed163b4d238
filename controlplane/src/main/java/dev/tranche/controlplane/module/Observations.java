package dev.tranche.controlplane.module;

import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import dev.tranche.rollout.Observation;
import dev.tranche.rollout.Reason;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What reports of clusters mean to a rollout. */
final class Observations {
  private Observations() {}

  /**
   * What a cluster has made of a revision; null where it has said nothing.
   *
   * @param backSince when it came back after it was away; what failed before does not count
   * @param unfinished why it is not done although it succeeded; null where it is
   */
  static @Nullable Observation observed(
      @Nullable SyncStatus status, Instant backSince, @Nullable Reason unfinished) {
    if (status == null || status.revision() == null || status.state() == null) {
      return null;
    }
    if (unfinished != null && status.state() == SyncState.SUCCEEDED) {
      return new Observation(status.revision(), Observation.Outcome.UPDATING, unfinished);
    }
    var outcome =
        switch (status.state()) {
          case SUCCEEDED -> Observation.Outcome.SUCCEEDED;
          case FAILED ->
              // What failed while nobody could reach it has not been tried since.
              isBefore(status.lastTransitionTime(), backSince)
                  ? Observation.Outcome.UPDATING
                  : Observation.Outcome.FAILED;
          case UPDATING, WAITING -> Observation.Outcome.UPDATING;
        };
    return new Observation(
        status.revision(),
        outcome,
        new Reason(
            Objects.requireNonNullElse(status.reason(), "Unknown"),
            Objects.requireNonNullElse(status.message(), "")));
  }

  /**
   * Since when a cluster works on what it is assigned; null where it works on nothing.
   *
   * @param assigned the revision
   */
  static @Nullable Instant since(
      String cluster, String assigned, Holdings holdings, ModuleMemory memory, Instant now) {
    var status = holdings.status();
    if (status == null || !assigned.equals(status.revision())) {
      return memory.since(cluster, assigned, null, now);
    }
    boolean failedWhileAway =
        status.state() == SyncState.FAILED
            && isBefore(status.lastTransitionTime(), memory.backSince(cluster, now));
    if ((status.state() == SyncState.SUCCEEDED && holdings.leaving() == null)
        || (status.state() == SyncState.FAILED && !failedWhileAway)) {
      memory.settled(cluster);
      return null;
    }
    return memory.since(cluster, assigned, instant(status.lastTransitionTime()), now);
  }

  private static boolean isBefore(@Nullable String time, Instant instant) {
    var read = instant(time);
    return read != null && read.isBefore(instant);
  }

  private static @Nullable Instant instant(@Nullable String time) {
    try {
      return time == null ? null : Instant.parse(time);
    } catch (DateTimeParseException e) {
      return null;
    }
  }
}
