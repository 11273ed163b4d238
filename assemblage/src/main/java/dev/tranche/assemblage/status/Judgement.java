package dev.tranche.assemblage.status;

import static dev.tranche.assemblage.status.Conditions.READY;
import static dev.tranche.assemblage.status.Conditions.RECONCILING;
import static dev.tranche.assemblage.status.Conditions.STALLED;
import static dev.tranche.crd.v1alpha1.SyncState.FAILED;
import static dev.tranche.crd.v1alpha1.SyncState.SUCCEEDED;
import static dev.tranche.crd.v1alpha1.SyncState.UPDATING;

import dev.tranche.assemblage.Drift;
import dev.tranche.assemblage.ExpandedSync;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.kustomize.v1.KustomizationStatus;
import dev.tranche.crd.flux.kustomize.v1.kustomizationspec.KubeConfig;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.flux.source.v1.GitRepositoryStatus;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One look at the two objects of a sync; see {@link SyncObservation#judge}. */
final class Judgement {
  /** Reasons of a source's Ready=False that mean that its artifact is being made. */
  private static final Set<String> ARTIFACT_UNDERWAY =
      Set.of("Progressing", "ProgressingWithRetry", "NewRevision", "IncludeChange");

  /** Reasons of a Kustomization's Ready=False that mean waiting. */
  private static final Set<String> WAITING = Set.of("DependencyNotReady", "HealthCheckCanceled");

  /** The reason of Ready=False for whatever is the matter with the artifact. */
  private static final String ARTIFACT_FAILED = "ArtifactFailed";

  /** How kustomize-controller says that the artifact is not there yet, or the source itself. */
  private static final Pattern ARTIFACT_MISSING =
      Pattern.compile(
          "^Source artifact not found|^Source is not ready, artifact not found|^\\S+ \"[^\"]*\" not found$");

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

  /** Which revision an attempt was about, as the Reconciling condition tells while it lasts. */
  private static final Pattern ATTEMPT = Pattern.compile(" for revision (\\S+)");

  /** The reasons of a failure before which Flux noted the revision that it attempts. */
  private static final Set<String> NOTED_ATTEMPT =
      Set.of("BuildFailed", "ReconciliationFailed", "PruneFailed", "HealthCheckFailed");

  private final ExpandedSync wanted;
  private final GitRepository source;
  private final FluxObject sourceState;
  private final Kustomization kustomization;
  private final FluxObject state;
  private final @Nullable SyncStatus previous;
  private final @Nullable String applied;

  private Judgement(
      ExpandedSync wanted,
      GitRepository source,
      Kustomization kustomization,
      @Nullable SyncStatus previous) {
    this.wanted = wanted;
    this.source = source;
    this.sourceState = stateOf(source);
    this.kustomization = kustomization;
    this.state = stateOf(kustomization);
    this.previous = previous;
    this.applied = applied(wanted, kustomization, previous);
  }

  static SyncObservation of(
      ExpandedSync wanted,
      @Nullable GitRepository source,
      @Nullable Kustomization kustomization,
      @Nullable Written written,
      @Nullable SyncStatus previous) {
    if (kustomization == null) {
      return updating(
          "NotCreated",
          "its Kustomization is not there yet",
          previous == null ? null : previous.appliedRevision());
    }
    String applied = applied(wanted, kustomization, previous);
    if (written != null && !written.uid().equals(kustomization.getMetadata().getUid())) {
      return updating("Recreated", "its Kustomization was deleted and made again", applied);
    }
    if (written != null && stateOf(kustomization).generation() < written.generation()) {
      return updating("WriteNotSeen", "what was written last is not to be seen yet", applied);
    }
    if (source == null) {
      return updating("SourceNotCreated", "its GitRepository is not there yet", applied);
    }
    return new Judgement(wanted, source, kustomization, previous).verdict();
  }

  private SyncObservation verdict() {
    if (state.isTerminating()) {
      return updating("Terminating", "its Kustomization is being deleted");
    }
    if (sourceState.isTerminating()) {
      return updating("SourceTerminating", "its GitRepository is being deleted");
    }
    // A spec that somebody edited, or one from before the last write.
    if (Drift.ofSpec(wanted.kustomization(), kustomization).any()) {
      return updating("NotAsDeclared", "its Kustomization is not as declared");
    }
    if (Drift.ofSpec(wanted.source(), source).any()) {
      return updating("SourceNotAsDeclared", "its GitRepository is not as declared");
    }
    @Nullable String artifact = artifact();
    return artifact == null ? withoutArtifact() : withArtifact(artifact);
  }

  /** The artifact of the source is not that of the wanted version, or of an older spec. */
  private SyncObservation withoutArtifact() {
    @Nullable Condition ready = sourceState.current(READY);
    if (ready == null) {
      return updating("SourceNotObserved", "Flux has not looked at its GitRepository yet");
    }
    if (isUnknown(ready) && concludedBefore(FAILED)) {
      return asBefore();
    }
    boolean underway = !isFalse(ready) || ARTIFACT_UNDERWAY.contains(ready.getReason());
    if (underway || sourceState.has("IncludeUnavailable") || isServerAway(ready)) {
      // Such as when source-controller was restarted and lost what it had stored.
      @Nullable String standing = standingWithoutArtifact();
      if (standing != null) {
        return lookedAtAgain(standing);
      }
      if (underway) {
        return updating("SourceUpdating", "fetching the source: " + ready.getMessage());
      }
      if (sourceState.has("IncludeUnavailable")) {
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
      return updating("NotObserved", "Flux has not looked at its Kustomization yet");
    }
    if (isFalse(ready) && isFailure(ready, artifact)) {
      return observation(FAILED, ready.getReason(), ready.getMessage());
    }
    if (isUnknown(ready) && concludedBefore(FAILED) && wasAttempted(artifact)) {
      return asBefore();
    }
    // Flux writes the conditions before the rest of the status, and may stamp them with a
    // generation that it did not work on; only all of it together is proof.
    boolean fullyApplied = state.isObserved() && artifact.equals(lastAppliedRevision());
    if (fullyApplied && state.isReady() && sourceState.isReady()) {
      return observation(SUCCEEDED, "Applied", "runs " + artifact);
    }
    if (fullyApplied && concludedBefore(SUCCEEDED)) {
      return lookedAtAgain(artifact);
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
    @Nullable Condition sourceReady = sourceState.current(READY);
    return updating(
        "SourceUpdating",
        "fetching the source: " + (sourceReady == null ? "" : sourceReady.getMessage()));
  }

  /** It runs as wanted; Flux is looking again, or cannot look whether the source moved. */
  private SyncObservation lookedAtAgain(String artifact) {
    @Nullable Condition sourceReady = sourceState.current(READY);
    return sourceReady != null && isFalse(sourceReady)
        ? observation(
            SUCCEEDED,
            "Applied",
            "runs "
                + artifact
                + "; Flux cannot look at the source at the moment: "
                + sourceReady.getMessage())
        : asBefore();
  }

  /**
   * The revision of the artifact, if it is that of the wanted version, made from the wanted spec.
   */
  private @Nullable String artifact() {
    var status = source.getStatus();
    if (status == null || status.getArtifact() == null || !sourceState.isObserved()) {
      return null;
    }
    String revision = status.getArtifact().getRevision();
    return isWanted(revision) ? revision : null;
  }

  /** Whether a revision, as Flux writes it, is of the wanted version. */
  private boolean isWanted(String revision) {
    var ref = wanted.source().getSpec().getRef();
    return ref.getTag() != null
        ? revision.startsWith(ref.getTag() + "@sha")
        : revision.endsWith(":" + ref.getCommit());
  }

  /**
   * The revision that was found to run and that nothing speaks against, while the source has no
   * artifact at all to compare it with.
   */
  private @Nullable String standingWithoutArtifact() {
    @Nullable String runs = lastAppliedRevision();
    if (runs == null
        || !concludedBefore(SUCCEEDED)
        || !state.isObserved()
        || !isWanted(runs)
        || (source.getStatus() != null && source.getStatus().getArtifact() != null)) {
      return null;
    }
    @Nullable Condition ready = state.current(READY);
    return ready == null || (isFalse(ready) && isFailure(ready, runs)) ? null : runs;
  }

  private @Nullable String lastAppliedRevision() {
    var status = kustomization.getStatus();
    return status == null ? null : status.getLastAppliedRevision();
  }

  private boolean isFailure(Condition ready, String artifact) {
    if (WAITING.contains(ready.getReason())) {
      return false;
    }
    if (ready.getReason().equals(ARTIFACT_FAILED)
        && (ARTIFACT_MISSING.matcher(ready.getMessage()).find() || isServerAway(ready))) {
      return false;
    }
    // The failure may be that of an older revision, even of an older generation: Flux stamps
    // conditions with the generation that it finds when it writes them, not the one it worked on.
    return wasAbout(artifact, ready);
  }

  private boolean wasAbout(String artifact, Condition failure) {
    @Nullable Condition reconciling = state.current(RECONCILING);
    if (reconciling != null) {
      var attempt = ATTEMPT.matcher(reconciling.getMessage());
      if (attempt.find() && !attempt.group(1).equals(artifact)) {
        return false;
      }
    }
    return !NOTED_ATTEMPT.contains(failure.getReason())
        || artifact.equals(kustomization.getStatus().getLastAttemptedRevision());
  }

  private boolean wasAttempted(String artifact) {
    @Nullable String attempted = kustomization.getStatus().getLastAttemptedRevision();
    return attempted == null || attempted.equals(artifact);
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
   * What Flux says it applied. A Kustomization that was made again knows nothing yet, and one whose
   * kubeConfig was edited speaks of another cluster; what was known before is true then.
   */
  private static @Nullable String applied(
      ExpandedSync wanted, Kustomization kustomization, @Nullable SyncStatus previous) {
    var status = kustomization.getStatus();
    @Nullable String stated = status == null ? null : status.getLastAppliedRevision();
    return stated != null && sameCluster(wanted.kustomization(), kustomization)
        ? stated
        : previous == null ? null : previous.appliedRevision();
  }

  private static boolean sameCluster(Kustomization wanted, Kustomization actual) {
    @Nullable KubeConfig there = actual.getSpec().getKubeConfig();
    @Nullable KubeConfig here = wanted.getSpec().getKubeConfig();
    return here == null
        ? there == null
        : there != null
            && there.getSecretRef() != null
            && here.getSecretRef().getName().equals(there.getSecretRef().getName());
  }

  private static FluxObject stateOf(GitRepository source) {
    @Nullable GitRepositoryStatus status = source.getStatus();
    return status == null
        ? FluxObject.of(source, null, null)
        : FluxObject.of(source, status.getObservedGeneration(), status.getConditions());
  }

  private static FluxObject stateOf(Kustomization kustomization) {
    @Nullable KustomizationStatus status = kustomization.getStatus();
    return status == null
        ? FluxObject.of(kustomization, null, null)
        : FluxObject.of(kustomization, status.getObservedGeneration(), status.getConditions());
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
