package dev.tranche.assemblage.status;

import static dev.tranche.assemblage.status.Conditions.RECONCILING;

import dev.tranche.assemblage.Applier;
import dev.tranche.assemblage.Applier.Kustomized;
import dev.tranche.assemblage.Applier.Released;
import dev.tranche.assemblage.Expansion;
import dev.tranche.crd.flux.helm.v2.HelmReleaseStatus;
import dev.tranche.crd.flux.helm.v2.helmreleasestatus.History;
import dev.tranche.crd.flux.kustomize.v1.KustomizationStatus;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One look at the applier of a sync: of what artifact it speaks.
 *
 * @param state of the same object
 */
record ApplierState(Applier applier, FluxObject state) {
  /** Which revision an attempt was about, as the Reconciling condition tells while it lasts. */
  private static final Pattern ATTEMPT = Pattern.compile(" for revision (\\S+)");

  /** The reasons of a failure before which Flux noted what it attempts. */
  private static final Set<String> NOTED_ATTEMPT =
      Set.of(
          "BuildFailed",
          "ReconciliationFailed",
          "PruneFailed",
          "HealthCheckFailed",
          "InstallFailed",
          "UpgradeFailed",
          "TestFailed",
          "RollbackFailed",
          "RollbackSucceeded",
          "UninstallFailed",
          "UninstallSucceeded");

  private static final String DEPLOYED = "deployed";

  static ApplierState of(Applier applier) {
    return new ApplierState(applier, FluxObject.of(applier.object()));
  }

  /**
   * What Flux says it applied last; null where that is nothing.
   *
   * @return for Helm the version of the chart, with the commit or the digest in its build metadata,
   *     and the digest of an OCI artifact
   */
  @Nullable String applied() {
    return switch (applier) {
      case Kustomized(var kustomization) ->
          kustomization.getStatus() == null
              ? null
              : kustomization.getStatus().getLastAppliedRevision();
      case Released(var release) ->
          history(release.getStatus()).stream()
              .filter(snapshot -> DEPLOYED.equals(snapshot.getStatus()))
              .findFirst()
              .map(snapshot ->
                  isGiven(snapshot.getOciDigest())
                      ? snapshot.getChartVersion() + "@" + digest(snapshot.getOciDigest())
                      : snapshot.getChartVersion())
              .orElse(null);
    };
  }

  /** Whether Flux is yet to do again what it was asked to when this was taken back. */
  boolean isTakenBack() {
    @Nullable String handled =
        switch (applier) {
          case Kustomized(var kustomization) ->
              kustomization.getStatus() == null
                  ? null
                  : kustomization.getStatus().getLastHandledReconcileAt();
          case Released(var release) ->
              release.getStatus() == null ? null : release.getStatus().getLastHandledReconcileAt();
        };
    return Expansion.takenBack(applier.metadata())
        .filter(word -> !word.equals(handled))
        .isPresent();
  }

  /**
   * Whether this artifact, by the spec as it is, is what Flux settled on last. Conditions are not
   * asked.
   */
  boolean settledOn(String artifact) {
    if (!state.isObserved()) {
      return false;
    }
    return switch (applier) {
      case Kustomized _ -> artifact.equals(applied());
      case Released(var release) ->
          attempted(artifact) && isDeployed(Objects.requireNonNull(release.getStatus()));
    };
  }

  /**
   * What runs by the spec as it is, while the source has no artifact at all to compare it with;
   * null where that cannot be said.
   */
  @Nullable String standing(SourceState source) {
    @Nullable String runs = applied();
    if (runs == null || !state.isObserved()) {
      return null;
    }
    return switch (applier) {
      case Kustomized _ -> source.isWanted(runs) ? runs : null;
      // It names its source, whose name is another one for every version.
      case Released(var release) ->
          isOfThisSpec(release.getStatus())
                  && isDeployed(Objects.requireNonNull(release.getStatus()))
              ? runs
              : null;
    };
  }

  /** The artifact by what was applied, where that is said by one and the same word. */
  @Nullable String artifactOf(String applied) {
    return applier instanceof Kustomized ? applied : null;
  }

  /** Whether this artifact is what Flux attempted last, as far as it said what it attempted. */
  boolean mayHaveAttempted(@Nullable String artifact) {
    return switch (applier) {
      case Kustomized(var kustomization) -> {
        @Nullable KustomizationStatus status = kustomization.getStatus();
        @Nullable String attempted = status == null ? null : status.getLastAttemptedRevision();
        yield attempted == null || attempted.equals(artifact);
      }
      case Released(var release) ->
          artifact == null ? isOfThisSpec(release.getStatus()) : attempted(artifact);
    };
  }

  /**
   * Whether a failure is about this artifact. It may be that of an older one, even of an older
   * generation: Flux stamps conditions with the generation that it finds when it writes them, not
   * the one it worked on.
   *
   * @param artifact null where the source has none
   */
  boolean failedOn(@Nullable String artifact, Condition failure) {
    @Nullable Condition reconciling = state.current(RECONCILING);
    if (reconciling != null) {
      var attempt = ATTEMPT.matcher(reconciling.getMessage());
      if (attempt.find() && !attempt.group(1).equals(artifact)) {
        return false;
      }
    }
    if (!NOTED_ATTEMPT.contains(failure.getReason())) {
      return true;
    }
    return switch (applier) {
      case Kustomized(var kustomization) ->
          Objects.equals(artifact, kustomization.getStatus().getLastAttemptedRevision());
      case Released _ -> mayHaveAttempted(artifact);
    };
  }

  /** Whether helm-controller took up this very chart under the spec as it is. */
  private boolean attempted(String artifact) {
    if (!(applier instanceof Released(var release)) || !isOfThisSpec(release.getStatus())) {
      return false;
    }
    var status = Objects.requireNonNull(release.getStatus());
    return isGiven(status.getLastAttemptedRevisionDigest())
        ? digest(status.getLastAttemptedRevisionDigest()).equals(digest(artifact))
        : artifact.equals(status.getLastAttemptedRevision());
  }

  private boolean isOfThisSpec(@Nullable HelmReleaseStatus status) {
    return status != null
        && Objects.equals(status.getLastAttemptedGeneration(), state.generation());
  }

  /** After a rollback the newest release is another one than the one that was attempted. */
  private static boolean isDeployed(HelmReleaseStatus status) {
    var history = history(status);
    if (history.isEmpty()) {
      return false;
    }
    var latest = history.getFirst();
    return DEPLOYED.equals(latest.getStatus())
        && Objects.equals(latest.getChartVersion(), status.getLastAttemptedRevision())
        && Objects.equals(latest.getConfigDigest(), status.getLastAttemptedConfigDigest())
        && (!isGiven(status.getLastAttemptedRevisionDigest())
            || (isGiven(latest.getOciDigest())
                && digest(latest.getOciDigest())
                    .equals(digest(status.getLastAttemptedRevisionDigest()))));
  }

  private static List<History> history(@Nullable HelmReleaseStatus status) {
    return status == null || status.getHistory() == null ? List.of() : status.getHistory();
  }

  private static boolean isGiven(@Nullable String text) {
    return text != null && !text.isEmpty();
  }

  /** {@code sha256:…} of {@code tag@sha256:…}. */
  private static String digest(String revision) {
    return revision.substring(revision.lastIndexOf('@') + 1);
  }
}
