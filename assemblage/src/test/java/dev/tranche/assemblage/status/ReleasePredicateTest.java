package dev.tranche.assemblage.status;

import static dev.tranche.assemblage.status.Situation.condition;
import static dev.tranche.crd.v1alpha1.SyncState.FAILED;
import static dev.tranche.crd.v1alpha1.SyncState.SUCCEEDED;
import static dev.tranche.crd.v1alpha1.SyncState.UPDATING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.flux.helm.v2.HelmReleaseStatus;
import dev.tranche.crd.v1alpha1.SyncState;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Flux's objects say of a Helm release, one row for each way in which they can mislead. */
class ReleasePredicateTest {
  private static final String V1 = ReleaseSituation.V1;
  private static final String V2 = ReleaseSituation.V2;

  record Row(
      String name,
      ReleaseSituation situation,
      SyncState state,
      String reason,
      @Nullable String applied) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Row> rows() {
    return Stream.of(
        git("all is well", s -> {}, SUCCEEDED, "Applied", V2),
        git("all is well after a restart", s -> s.written = null, SUCCEEDED, "Applied", V2),
        oci("all is well with a digest", s -> {}, SUCCEEDED, "Applied", ReleaseSituation.OCI_V2),
        git("no HelmRelease", s -> s.release = null, UPDATING, "NotCreated", null),
        git("no HelmChart", s -> s.chart = null, UPDATING, "SourceNotCreated", V2),
        git("no GitRepository", s -> s.repository = null, UPDATING, "SourceNotCreated", V2),
        git(
            "deleted and made again by somebody else",
            s -> s.release().getMetadata().setUid("another"),
            UPDATING,
            "Recreated",
            V2),
        git(
            "the cache is older than the last write",
            s -> s.written = new Written(Situation.UID, 3),
            UPDATING,
            "WriteNotSeen",
            V2),
        git(
            "somebody changed a value",
            s -> s.release().getSpec().setTargetNamespace("elsewhere"),
            UPDATING,
            "NotAsDeclared",
            V2),
        git(
            "somebody suspended it",
            s -> s.release().getSpec().setSuspend(true),
            UPDATING,
            "NotAsDeclared",
            V2),
        git(
            "somebody set another chart",
            s -> s.chart().getSpec().setChart("./other"),
            UPDATING,
            "SourceNotAsDeclared",
            V2),
        git(
            "applied in another cluster",
            s -> s.release().getSpec().setKubeConfig(null),
            UPDATING,
            "NotAsDeclared",
            null),
        git(
            "being deleted",
            s -> s.release().getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z"),
            UPDATING,
            "Terminating",
            V2),
        git("no status", s -> s.release().setStatus(null), UPDATING, "NotObserved", null),
        git(
            "no status at first",
            s -> s.release().setStatus(new HelmReleaseStatus()),
            UPDATING,
            "NotObserved",
            null),

        // Ready is of the generation, and what it speaks of is not.
        git(
            "Ready, and the generation was not finished",
            s -> s.release().getStatus().setObservedGeneration(1L),
            UPDATING,
            "ArtifactNotApplied",
            V2),
        git(
            "Ready of the former generation",
            s -> s.says(condition("Ready", "True", 1, "UpgradeSucceeded", "")),
            UPDATING,
            "NotObserved",
            V2),
        git(
            "Ready, and values of the former generation were the last that were attempted",
            s -> s.release().getStatus().setLastAttemptedGeneration(1L),
            UPDATING,
            "ArtifactNotApplied",
            V2),
        git(
            "Ready, and the chart of the former commit was the last that was attempted",
            s -> {
              s.release().getStatus().setLastAttemptedRevision(V1);
              s.history().setChartVersion(V1);
            },
            UPDATING,
            "ArtifactNotApplied",
            V1),
        git(
            "Ready, and the release has the chart of the former commit",
            s -> s.history().setChartVersion(V1),
            UPDATING,
            "ArtifactNotApplied",
            V1),
        git(
            "Ready, and the release has other values, such as after a rollback",
            s -> s.history().setConfigDigest("sha256:other"),
            UPDATING,
            "ArtifactNotApplied",
            V2),
        git(
            "Ready, and the release failed",
            s -> s.history().setStatus("failed"),
            UPDATING,
            "ArtifactNotApplied",
            null),
        git(
            "Ready, and there is no release",
            s -> s.release().getStatus().setHistory(null),
            UPDATING,
            "ArtifactNotApplied",
            null),
        oci(
            "Ready, and another digest was the last that was attempted",
            s -> s.release().getStatus().setLastAttemptedRevisionDigest(ReleaseSituation.OTHER),
            UPDATING,
            "ArtifactNotApplied",
            ReleaseSituation.OCI_V2),
        oci(
            "Ready, and the release has another digest of the same version",
            s -> s.history().setOciDigest(ReleaseSituation.OTHER),
            UPDATING,
            "ArtifactNotApplied",
            "1.0.0+222222222222@" + ReleaseSituation.OTHER),
        git(
            "looking again",
            s -> s.also(condition("Reconciling", "True", 2, "Progressing", "Fulfilling")),
            UPDATING,
            "Progressing",
            V2),
        git(
            "looking again at what was found to run",
            s -> {
              s.also(condition("Reconciling", "True", 2, "Progressing", "Fulfilling"));
              s.before(SUCCEEDED);
            },
            SUCCEEDED,
            "Applied",
            V2),
        git(
            "stalled",
            s -> s.also(condition("Stalled", "True", 2, "RetriesExceeded", "")),
            UPDATING,
            "Progressing",
            V2),

        // The sources.
        git(
            "the chart was made from the former commit",
            s -> s.chart().getStatus().setObservedSourceArtifactRevision(Situation.V1),
            UPDATING,
            "SourceUpdating",
            V2),
        git(
            "the chart was made by a former spec",
            s -> s.chart().getStatus().setObservedGeneration(1L),
            UPDATING,
            "SourceUpdating",
            V2),
        git(
            "the chart cannot be made",
            s -> {
              s.chart().getStatus().setArtifact(null);
              s.chart()
                  .getStatus()
                  .setConditions(
                      new ArrayList<>(
                          List.of(
                              condition(
                                  "Ready", "False", 2, "InvalidChartReference", "no chart"))));
            },
            FAILED,
            "InvalidChartReference",
            V2),
        git(
            "the chart waits for the repository",
            s -> {
              s.chart().getStatus().setArtifact(null);
              s.chart()
                  .getStatus()
                  .setConditions(
                      new ArrayList<>(
                          List.of(
                              condition("Ready", "False", 2, "NoSourceArtifact", "no artifact"))));
            },
            UPDATING,
            "SourceUpdating",
            V2),
        git(
            "the repository is at another commit",
            s -> s.repository().getStatus().getArtifact().setRevision("v3@sha1:3333"),
            UPDATING,
            "SourceUpdating",
            V2),
        oci(
            "the registry gave another digest",
            s -> s.oci().getStatus().getArtifact().setRevision(ReleaseSituation.OTHER),
            UPDATING,
            "SourceUpdating",
            ReleaseSituation.OCI_V2),
        git(
            "Flux waits for the chart",
            s -> s.fails("SourceNotReady", "HelmChart 'fleet/x' is not ready"),
            UPDATING,
            "SourceNotReady",
            V1),
        git(
            "Flux does not see the chart yet",
            s ->
                s.fails(
                    "ArtifactFailed",
                    "could not get Source object: HelmChart.source.toolkit.fluxcd.io \"x\" not found"),
            UPDATING,
            "ArtifactFailed",
            V1),

        // Failures.
        git(
            "the upgrade failed",
            s -> s.fails("UpgradeFailed", "timeout"),
            FAILED,
            "UpgradeFailed",
            V1),
        git("a test failed", s -> s.fails("TestFailed", "no"), FAILED, "TestFailed", V1),
        git(
            "values are missing",
            s -> s.fails("ValuesError", "no Secret"),
            FAILED,
            "ValuesError",
            V1),
        git(
            "Helm rolled back to the former release",
            s -> {
              s.fails("RollbackSucceeded", "rolled back");
              s.history().setStatus("deployed");
              s.history().setChartVersion(V1);
            },
            FAILED,
            "RollbackSucceeded",
            V1),
        git(
            "the upgrade to the former version failed",
            s -> {
              s.fails("UpgradeFailed", "timeout");
              s.release().getStatus().setLastAttemptedGeneration(1L);
            },
            UPDATING,
            "UpgradeFailed",
            V1),
        git(
            "tried again after a failure",
            s -> {
              s.fails("UpgradeFailed", "timeout");
              s.says(
                  condition("Ready", "Unknown", 2, "Progressing", "Running 'upgrade' action"),
                  condition("Reconciling", "True", 2, "Progressing", "Running 'upgrade' action"));
              s.before(FAILED);
            },
            FAILED,
            "Before",
            V1),
        git(
            "another version is tried after a failure",
            s -> {
              s.fails("UpgradeFailed", "timeout");
              s.release().getStatus().setLastAttemptedGeneration(1L);
              s.says(
                  condition("Ready", "Unknown", 2, "Progressing", "Running 'upgrade' action"),
                  condition("Reconciling", "True", 2, "Progressing", "Running 'upgrade' action"));
              s.before(FAILED);
            },
            UPDATING,
            "Progressing",
            V1),
        git(
            "source-controller lost the chart that was found to run",
            s -> {
              s.chart().getStatus().setArtifact(null);
              s.chart()
                  .getStatus()
                  .setConditions(
                      new ArrayList<>(
                          List.of(condition("Ready", "Unknown", 2, "Progressing", "again"))));
              s.before(SUCCEEDED);
            },
            SUCCEEDED,
            "Applied",
            V2));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void isJudged(Row row) {
    var observation = row.situation.judge();

    assertThat(observation)
        .as("%s", observation)
        .extracting(
            SyncObservation::state, SyncObservation::reason, SyncObservation::appliedRevision)
        .containsExactly(row.state, row.reason, row.applied);
  }

  /** A table that a reader of Ready alone passes would show nothing. */
  @Test
  void theRowsMislead() {
    var misleading =
        rows().filter(row -> row.situation.judgeNaively() != row.state).map(Row::name).toList();

    assertThat(misleading).hasSizeGreaterThan(20);
  }

  private static Row git(
      String name,
      Consumer<ReleaseSituation> change,
      SyncState state,
      String reason,
      @Nullable String applied) {
    return row(name, ReleaseSituation.fromGit(), change, state, reason, applied);
  }

  private static Row oci(
      String name,
      Consumer<ReleaseSituation> change,
      SyncState state,
      String reason,
      @Nullable String applied) {
    return row(name, ReleaseSituation.fromOci(), change, state, reason, applied);
  }

  private static Row row(
      String name,
      ReleaseSituation situation,
      Consumer<ReleaseSituation> change,
      SyncState state,
      String reason,
      @Nullable String applied) {
    change.accept(situation);
    return new Row(name, situation, state, reason, applied);
  }
}
