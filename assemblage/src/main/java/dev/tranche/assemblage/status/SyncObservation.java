package dev.tranche.assemblage.status;

import static dev.tranche.crd.v1alpha1.SyncState.UPDATING;
import static java.util.Objects.requireNonNullElse;

import dev.tranche.assemblage.Applier;
import dev.tranche.assemblage.ExpandedSync;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What can be said of a sync.
 *
 * @param reason a stable word; where Flux gave the reason, Flux's
 * @param message for people, at most 1024 characters
 * @param appliedRevision what Flux says it applied; null as long as it applied nothing
 */
public record SyncObservation(
    SyncState state, String reason, String message, @Nullable String appliedRevision) {

  /**
   * Judges a sync by one version of each of its objects.
   *
   * <p>{@code SUCCEEDED} is said only when Flux reports that the wanted content, and no other, is
   * applied and healthy; {@code FAILED} when Flux reports of just that content that it cannot be;
   * {@code UPDATING} in all other cases, with a reason. What was said of a revision stands while
   * Flux looks again at what it has settled already, which it does at every interval and after
   * every failure.
   *
   * @param wanted what was, or is about to be, written
   * @param sources for each of the wanted sources, in their order, the one of its name
   * @param applier the one of the wanted kind and name; null where there is none
   * @param written what the last write of the applier returned; null where this process did not
   *     write it. An applier with another uid is not trusted: write again, and the answer is the
   *     new expectation
   * @param previous the last status of the sync; null where there is none
   */
  public static SyncObservation judge(
      ExpandedSync wanted,
      List<? extends Optional<? extends HasMetadata>> sources,
      @Nullable Applier applier,
      @Nullable Written written,
      @Nullable SyncStatus previous) {
    return Judgement.of(wanted, sources, applier, written, previous);
  }

  /** That something has to come from somebody else first, such as the kubeconfig. */
  public static SyncObservation waiting(
      String reason, String message, @Nullable SyncStatus previous) {
    return new SyncObservation(
        SyncState.WAITING, reason, message, previous == null ? null : previous.appliedRevision());
  }

  /** That a sync is being withdrawn; see {@link dev.tranche.assemblage.Withdrawal}. */
  public static SyncObservation withdrawing(String message, @Nullable SyncStatus previous) {
    return new SyncObservation(
        UPDATING, "Withdrawing", message, previous == null ? null : previous.appliedRevision());
  }

  public SyncObservation {
    message = Sentences.bounded(message);
  }

  /**
   * The status that says this, equal to {@code previous} where nothing changed.
   *
   * @param revision the revision of the sync that was judged; null where it is being withdrawn
   * @param deletionPolicy as it is known to be heeded; null means Prune
   * @param previous the last status of the sync; null where there is none
   */
  public SyncStatus status(
      SyncKey key,
      @Nullable String revision,
      @Nullable DeletionPolicy deletionPolicy,
      @Nullable SyncStatus previous,
      Instant now) {
    @Nullable String since =
        previous != null
                && previous.state() == state
                && Objects.equals(previous.revision(), revision)
            ? previous.lastTransitionTime()
            : null;
    return new SyncStatus(
        key.origin(),
        key.name(),
        revision,
        state,
        reason,
        message,
        requireNonNullElse(since, Conditions.timestamp(now)),
        appliedRevision,
        deletionPolicy);
  }
}
