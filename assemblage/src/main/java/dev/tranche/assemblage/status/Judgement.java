package dev.tranche.assemblage.status;

import static dev.tranche.assemblage.status.Conditions.READY;
import static dev.tranche.assemblage.status.Conditions.RECONCILING;
import static dev.tranche.assemblage.status.Conditions.STALLED;
import static dev.tranche.crd.v1alpha1.SyncState.FAILED;
import static dev.tranche.crd.v1alpha1.SyncState.SUCCEEDED;
import static dev.tranche.crd.v1alpha1.SyncState.UPDATING;

import dev.tranche.assemblage.Applier;
import dev.tranche.assemblage.Drift;
import dev.tranche.assemblage.ExpandedSync;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One look at the objects of a sync; see {@link SyncObservation#judge}. */
final class Judgement {
  /** Reasons of a source's Ready=False that mean that its artifact is being made. */
  private static final Set<String> ARTIFACT_UNDERWAY =
      Set.of(
          "Progressing",
          "ProgressingWithRetry",
          "NewRevision",
          "IncludeChange",
          "NewChart",
          "NoSourceArtifact",
          "SourceUnavailable");

  /** Reasons of an applier's Ready=False that mean waiting. */
  private static final Set<String> WAITING =
      Set.of("DependencyNotReady", "HealthCheckCanceled", "SourceNotReady");

  /** The reason of Ready=False for whatever is the matter with the artifact. */
  private static final String ARTIFACT_FAILED = "ArtifactFailed";

  /** How Flux says that the artifact is not there yet, or the source itself. */
  private static final Pattern ARTIFACT_MISSING =
      Pattern.compile(
          "^Source artifact not found|^Source is not ready, artifact not found|(?:^|: )\\S+ \"[^\"]*\" not found$");

  /**
   * What git, http and the network say when a server is away for the moment. Flux gives the same
   * reason for this and for a tag that does not exist; only the message tells them apart.
   */
  private static final Pattern SERVER_AWAY =
      Pattern.compile(
          "i/o timeout|deadline exceeded|connection refused|connection reset|broken pipe|\\bEOF\\b"
              + "|TLS handshake timeout|network is unreachable|no route to host"
              + "|server misbehaving|too many requests"
              + "|status(?: code)?:? (?:429|5\\d\\d)",
          Pattern.CASE_INSENSITIVE);

  private final ExpandedSync wanted;
  private final List<SourceState> sources;
  private final ApplierState applier;
  private final FluxObject state;
  private final @Nullable SyncStatus previous;
  private final @Nullable String applied;

  private Judgement(
      ExpandedSync wanted,
      List<SourceState> sources,
      ApplierState applier,
      @Nullable SyncStatus previous) {
    this.wanted = wanted;
    this.sources = sources;
    this.applier = applier;
    this.state = applier.state();
    this.previous = previous;
    this.applied = applied(wanted, applier, previous);
  }

  static SyncObservation of(
      ExpandedSync wanted,
      List<? extends Optional<? extends HasMetadata>> sources,
      @Nullable Applier actual,
      @Nullable Written written,
      @Nullable SyncStatus previous) {
    var kind = wanted.applier().object().getKind();
    if (actual == null) {
      return updating(
          "NotCreated",
          "its %s is not there yet".formatted(kind),
          previous == null ? null : previous.appliedRevision());
    }
    var applier = ApplierState.of(actual);
    @Nullable String applied = applied(wanted, applier, previous);
    if (written != null && !written.uid().equals(actual.metadata().getUid())) {
      return updating("Recreated", "its %s was deleted and made again".formatted(kind), applied);
    }
    if (written != null && applier.state().generation() < written.generation()) {
      return updating("WriteNotSeen", "what was written last is not to be seen yet", applied);
    }
    var states = new ArrayList<SourceState>();
    for (int i = 0; i < sources.size(); i++) {
      var source = wanted.sources().get(i);
      @Nullable HasMetadata there = sources.get(i).orElse(null);
      if (there == null) {
        return updating(
            "SourceNotCreated", "its %s is not there yet".formatted(source.getKind()), applied);
      }
      states.add(new SourceState(source, wanted.sources().getFirst(), FluxObject.of(there)));
    }
    return new Judgement(wanted, states, applier, previous).verdict();
  }

  private SyncObservation verdict() {
    if (state.isTerminating()) {
      return updating("Terminating", "its %s is being deleted".formatted(state.kind()));
    }
    if (applier.isTakenBack()) {
      return updating("TakenBack", "it was about to leave; Flux is asked to apply it once more");
    }
    for (var source : sources) {
      if (source.state().isTerminating()) {
        return updating(
            "SourceTerminating", "its %s is being deleted".formatted(source.state().kind()));
      }
    }
    // A spec that somebody edited, or one from before the last write.
    if (Drift.ofSpec(wanted.applier().object(), applier.applier().object()).any()) {
      return updating("NotAsDeclared", "its %s is not as declared".formatted(state.kind()));
    }
    for (var source : sources) {
      if (source.hasDrifted()) {
        return updating(
            "SourceNotAsDeclared", "its %s is not as declared".formatted(source.state().kind()));
      }
    }
    for (var source : sources) {
      if (source.artifact() == null) {
        return withoutArtifact(source);
      }
    }
    return withArtifact(Objects.requireNonNull(sources.getLast().artifact()));
  }

  /** The artifact of a source is not that of the wanted version, or of an older spec. */
  private SyncObservation withoutArtifact(SourceState source) {
    @Nullable Condition ready = source.state().current(READY);
    if (ready == null) {
      return updating(
          "SourceNotObserved",
          "Flux has not looked at its %s yet".formatted(source.state().kind()));
    }
    if (isUnknown(ready) && concludedBefore(FAILED)) {
      return asBefore();
    }
    boolean underway = !isFalse(ready) || ARTIFACT_UNDERWAY.contains(ready.getReason());
    if (underway || source.state().has("IncludeUnavailable") || isServerAway(ready)) {
      // Such as when source-controller was restarted and lost what it had stored.
      @Nullable String standing = standingWithoutArtifact(source);
      if (standing != null) {
        return lookedAtAgain(standing);
      }
      if (underway) {
        return updating("SourceUpdating", "fetching the source: " + ready.getMessage());
      }
      if (source.state().has("IncludeUnavailable")) {
        return updating(
            ready.getReason(), "the source cannot be fetched yet: " + ready.getMessage());
      }
    }
    return observation(
        FAILED, ready.getReason(), "the source cannot be fetched: " + ready.getMessage());
  }

  private SyncObservation withArtifact(String artifact) {
    @Nullable Condition ready = state.current(READY);
    if (ready == null) {
      return updating("NotObserved", "Flux has not looked at its %s yet".formatted(state.kind()));
    }
    if (isFalse(ready) && isFailure(ready, artifact)) {
      return observation(FAILED, ready.getReason(), ready.getMessage());
    }
    if (isUnknown(ready) && concludedBefore(FAILED) && applier.mayHaveAttempted(artifact)) {
      return asBefore();
    }
    // Flux writes the conditions before the rest of the status, and may stamp them with a
    // generation that it did not work on; only all of it together is proof.
    boolean fullyApplied = applier.settledOn(artifact);
    if (fullyApplied
        && state.isReady()
        && sources.stream().allMatch(source -> source.state().isReady())) {
      return observation(SUCCEEDED, "Applied", "runs " + applied);
    }
    if (fullyApplied && concludedBefore(SUCCEEDED)) {
      return lookedAtAgain(Objects.requireNonNullElse(applied, artifact));
    }
    if (isFalse(ready)) {
      return updating(ready.getReason(), ready.getMessage());
    }
    if (isUnknown(ready) || state.has(RECONCILING) || state.has(STALLED)) {
      return updating("Progressing", progress(ready));
    }
    if (!fullyApplied) {
      return updating("ArtifactNotApplied", artifact + " is fetched and not applied yet");
    }
    @Nullable Condition sourceReady = unready();
    return updating(
        "SourceUpdating",
        "fetching the source: " + (sourceReady == null ? "" : sourceReady.getMessage()));
  }

  /** What the first source that is not ready says; null where all are, or it says nothing. */
  private @Nullable Condition unready() {
    return sources.stream()
        .map(SourceState::state)
        .filter(source -> !source.isReady())
        .findFirst()
        .map(source -> source.current(READY))
        .orElse(null);
  }

  /** It runs as wanted; Flux is looking again, or cannot look whether the source moved. */
  private SyncObservation lookedAtAgain(String runs) {
    @Nullable Condition sourceReady = unready();
    return sourceReady != null && isFalse(sourceReady)
        ? observation(
            SUCCEEDED,
            "Applied",
            "runs "
                + runs
                + "; Flux cannot look at the source at the moment: "
                + sourceReady.getMessage())
        : asBefore();
  }

  /**
   * The revision that was found to run and that nothing speaks against, while the source has no
   * artifact at all to compare it with.
   */
  private @Nullable String standingWithoutArtifact(SourceState source) {
    @Nullable String runs = applier.standing(source);
    if (runs == null || !concludedBefore(SUCCEEDED) || source.anyArtifact() != null) {
      return null;
    }
    @Nullable Condition ready = state.current(READY);
    return ready == null || (isFalse(ready) && isFailure(ready, applier.artifactOf(runs)))
        ? null
        : runs;
  }

  private boolean isFailure(Condition ready, @Nullable String artifact) {
    if (WAITING.contains(ready.getReason())) {
      return false;
    }
    if (ready.getReason().equals(ARTIFACT_FAILED)
        && (ARTIFACT_MISSING.matcher(ready.getMessage()).find() || isServerAway(ready))) {
      return false;
    }
    return applier.failedOn(artifact, ready);
  }

  private boolean concludedBefore(SyncState conclusion) {
    return previous != null
        && previous.state() == conclusion
        && wanted.revision().equals(previous.revision());
  }

  private SyncObservation asBefore() {
    var before = Objects.requireNonNull(previous);
    return observation(
        Objects.requireNonNull(before.state()),
        Objects.requireNonNullElse(before.reason(), "Applied"),
        Objects.requireNonNullElse(before.message(), ""));
  }

  private String progress(Condition ready) {
    @Nullable Condition reconciling = state.current(RECONCILING);
    return reconciling == null ? ready.getMessage() : reconciling.getMessage();
  }

  private SyncObservation updating(String reason, String message) {
    return updating(reason, message, applied);
  }

  private static SyncObservation updating(
      String reason, String message, @Nullable String appliedRevision) {
    return new SyncObservation(UPDATING, reason, message, appliedRevision);
  }

  private SyncObservation observation(SyncState conclusion, String reason, String message) {
    return new SyncObservation(conclusion, reason, message, applied);
  }

  /**
   * What Flux says it applied. An applier that was made again knows nothing yet, and one whose
   * kubeConfig was edited speaks of another cluster; what was known before is true then.
   */
  private static @Nullable String applied(
      ExpandedSync wanted, ApplierState applier, @Nullable SyncStatus previous) {
    @Nullable String stated = applier.applied();
    @Nullable String before = previous == null ? null : previous.appliedRevision();
    if (stated == null
        || !wanted.applier().kubeconfigSecret().equals(applier.applier().kubeconfigSecret())
        || (before != null && before.endsWith("@" + stated))) {
      return before;
    }
    return SourceState.named(wanted.sources().getFirst(), stated);
  }

  private static boolean isServerAway(Condition condition) {
    return SERVER_AWAY.matcher(condition.getMessage()).find();
  }

  private static boolean isFalse(Condition condition) {
    return "False".equals(condition.getStatus());
  }

  private static boolean isUnknown(Condition condition) {
    return "Unknown".equals(condition.getStatus());
  }
}
