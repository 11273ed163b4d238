package dev.tranche.assemblage.status;

import static dev.tranche.assemblage.status.Conditions.READY;
import static dev.tranche.assemblage.status.Conditions.RECONCILING;
import static dev.tranche.assemblage.status.Conditions.STALLED;
import static dev.tranche.crd.v1alpha1.SyncState.FAILED;
import static dev.tranche.crd.v1alpha1.SyncState.SUCCEEDED;
import static dev.tranche.crd.v1alpha1.SyncState.WAITING;
import static java.util.Comparator.comparing;
import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import dev.tranche.crd.v1alpha1.AssemblageStatus;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import dev.tranche.crd.v1alpha1.SyncSummary;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The status of an assemblage, made from those of its syncs. */
public final class AssemblageReport {
  /** What Flux does not try again by itself, and kubeconfigs that are refused. */
  private static final Set<String> ONLY_AN_EDIT_HELPS =
      Set.of(
          "AccessDenied",
          "AuthProviderRefused",
          "ExecRefused",
          "FeatureGateDisabled",
          "FilePathRefused",
          "InsecureRefused",
          "InvalidCELExpression",
          "InvalidProviderConfiguration",
          "InvalidVerificationMode",
          "KubeconfigInvalid",
          "KubeconfigTooLarge",
          "ProxyRefused",
          "URLInvalid");

  private static final Pattern COMMIT = Pattern.compile("(sha1|sha256):([0-9a-f]{12})[0-9a-f]+");
  private static final int MAX_APPLIED = 512;

  private AssemblageReport() {}

  /**
   * Sums up, with the syncs in a stable order.
   *
   * @param observedGeneration the generation of the assemblage that was looked at
   * @param syncs one for each sync, those being withdrawn included
   * @param previous the status that the assemblage has; null where it has none
   * @return equal to {@code previous} where nothing changed
   */
  public static AssemblageStatus of(
      long observedGeneration,
      List<SyncStatus> syncs,
      @Nullable AssemblageStatus previous,
      Instant now) {
    var sorted = syncs.stream().sorted(comparing(SyncStatus::key)).toList();
    var summary = summary(sorted);
    return new AssemblageStatus(
        observedGeneration,
        summary,
        applied(sorted),
        sorted,
        conditions(observedGeneration, sorted, summary, previous, now));
  }

  /**
   * Whether a status is to be written at once: something else is new in it than that something is
   * being updated, or somebody may wait for the very generation that it speaks of.
   *
   * @param before the status that the assemblage has; null where it has none
   */
  public static boolean isUrgent(@Nullable AssemblageStatus before, AssemblageStatus after) {
    return isNews(before == null ? List.of() : before.syncs(), after.syncs())
        || isAwaited(before == null ? null : before.observedGeneration(), after);
  }

  private static boolean isNews(List<SyncStatus> before, List<SyncStatus> after) {
    var known = before.stream().collect(toMap(SyncStatus::key, sync -> sync));
    var remaining = after.stream().map(SyncStatus::key).collect(toSet());
    return !remaining.containsAll(known.keySet())
        || after.stream()
            .anyMatch(sync -> {
              var was = known.get(sync.key());
              return (sync.state() != SyncState.UPDATING && !sync.equals(was))
                  || (was != null && was.deletionPolicy() != sync.deletionPolicy());
            });
  }

  /** Whether somebody may wait for it: who marked an entry, took one out, or took an edit back. */
  private static boolean isAwaited(@Nullable Long observed, AssemblageStatus after) {
    return !Objects.equals(observed, after.observedGeneration())
        && (after.syncs().stream().anyMatch(sync -> sync.deletionPolicy() == DeletionPolicy.ORPHAN)
            || after.syncs().stream().noneMatch(sync -> sync.state() == SyncState.UPDATING));
  }

  private static List<Condition> conditions(
      long observedGeneration,
      List<SyncStatus> syncs,
      SyncSummary summary,
      @Nullable AssemblageStatus previous,
      Instant now) {
    List<Condition> before = previous == null ? List.of() : previous.conditions();
    var conditions = Conditions.after(before, observedGeneration, now);
    var open = syncs.stream().filter(sync -> sync.state() != SUCCEEDED).toList();
    if (open.isEmpty()) {
      return conditions
          .isTrue(READY, "Succeeded", "%s applied and healthy".formatted(counted(syncs.size())))
          .list();
    }
    if (summary.failed() > 0) {
      conditions.isFalse(READY, "Failed", sentence("failed", with(syncs, FAILED), syncs.size()));
    } else if (summary.waiting() > 0) {
      conditions.isFalse(READY, "Waiting", sentence("waiting", with(syncs, WAITING), syncs.size()));
    } else {
      conditions.isFalse(READY, "Updating", sentence("updating", open, syncs.size()));
    }
    var stalled = open.stream().filter(AssemblageReport::isStalled).toList();
    int underway = open.size() - stalled.size();
    if (underway > 0) {
      conditions.isTrue(
          RECONCILING, "Progressing", "%s to be settled".formatted(counted(underway)));
    }
    if (!stalled.isEmpty()) {
      conditions.isTrue(
          STALLED,
          requireNonNullElse(stalled.getFirst().reason(), "Failed"),
          sentence("in need of an edit", stalled, syncs.size()));
    }
    return conditions.list();
  }

  private static boolean isStalled(SyncStatus sync) {
    return sync.state() == FAILED
        && sync.reason() != null
        && ONLY_AN_EDIT_HELPS.contains(sync.reason());
  }

  private static SyncSummary summary(List<SyncStatus> syncs) {
    int succeeded = with(syncs, SUCCEEDED).size();
    int failed = with(syncs, FAILED).size();
    int waiting = with(syncs, WAITING).size();
    int updating = syncs.size() - succeeded - failed - waiting;
    return new SyncSummary(syncs.size(), updating, succeeded, failed, waiting);
  }

  /** Such as {@code ingress v1.4.0@sha1:1a2b3c4d5e6f, base …}; null where nothing is applied. */
  private static @Nullable String applied(List<SyncStatus> syncs) {
    var versions =
        syncs.stream()
            .filter(sync -> sync.appliedRevision() != null)
            .map(sync -> sync.name() + " " + shortened(requireNonNull(sync.appliedRevision())))
            .toList();
    return versions.isEmpty() ? null : Sentences.bounded(String.join(", ", versions), MAX_APPLIED);
  }

  private static String shortened(String revision) {
    return COMMIT.matcher(revision).replaceAll("$1:$2");
  }

  private static List<SyncStatus> with(List<SyncStatus> syncs, SyncState state) {
    return syncs.stream().filter(sync -> sync.state() == state).toList();
  }

  /** Such as {@code 2 of 5 syncs failed: Module/ingress: no such tag; and 1 more}. */
  private static String sentence(String what, List<SyncStatus> syncs, int total) {
    var first = syncs.getFirst();
    String more = syncs.size() == 1 ? "" : "; and %d more".formatted(syncs.size() - 1);
    String start = "%d of %s %s: %s: ".formatted(syncs.size(), counted(total), what, first.key());
    String message = requireNonNullElse(first.message(), "");
    int room = Sentences.MAX_LENGTH - start.length() - more.length();
    return start + Sentences.bounded(message, room) + more;
  }

  private static String counted(int syncs) {
    return syncs == 1 ? "1 sync" : syncs + " syncs";
  }
}
