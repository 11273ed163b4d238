package dev.tranche.assemblage.status;

import static dev.tranche.assemblage.status.Situation.COMMIT;
import static dev.tranche.assemblage.status.Situation.V1;
import static dev.tranche.assemblage.status.Situation.V2;
import static dev.tranche.assemblage.status.Situation.condition;
import static dev.tranche.crd.v1alpha1.SyncState.FAILED;
import static dev.tranche.crd.v1alpha1.SyncState.SUCCEEDED;
import static dev.tranche.crd.v1alpha1.SyncState.UPDATING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.flux.kustomize.v1.KustomizationStatus;
import dev.tranche.crd.flux.kustomize.v1.kustomizationspec.Patches;
import dev.tranche.crd.v1alpha1.GitVersion;
import dev.tranche.crd.v1alpha1.SyncState;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Flux's objects say, one row for each way in which they can mislead. */
class PredicateTest {

  record Row(
      String name,
      Consumer<Situation> change,
      SyncState state,
      String reason,
      @Nullable String applied) {
    Situation situation() {
      var situation = new Situation();
      change.accept(situation);
      return situation;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Row> rows() {
    return Stream.of(
        succeeded("all is well", s -> {}),
        succeeded("all is well after a restart", s -> s.written = null),
        succeeded(
            "somebody edited and took it back",
            s -> {
              s.written = new Written(Situation.UID, 1);
            }),
        succeeded(
            "a commit is wanted",
            s -> {
              s.of(new GitVersion(null, COMMIT, null));
              artifact(s, "sha1:" + COMMIT);
            },
            "sha1:" + COMMIT),
        succeeded(
            "a commit is wanted, and its tag is known",
            s -> {
              s.of(new GitVersion("v2", COMMIT, null));
              artifact(s, "sha1:" + COMMIT);
            },
            V2),
        updating(
            "another commit than that of the tag",
            s -> {
              s.of(new GitVersion("v2", COMMIT, null));
              artifact(s, "sha1:1111111111111111111111111111111111111111");
            },
            "SourceUpdating",
            "sha1:1111111111111111111111111111111111111111"),
        succeeded(
            "it was to leave, was taken back, and was applied again",
            s -> {
              takenBack(s);
              s.kustomization().getStatus().setLastHandledReconcileAt("taken-back-1");
            }),
        succeeded(
            "somebody asked Flux to look again",
            s ->
                s.kustomization()
                    .getMetadata()
                    .setAnnotations(Map.of("reconcile.fluxcd.io/requestedAt", "now"))),
        updating(
            "it was to leave, and was not applied again since it was taken back",
            PredicateTest::takenBack,
            "TakenBack",
            V2),

        // The Kustomization is not the one that was written, or not as it was written.
        updating("no Kustomization", s -> s.kustomization = null, "NotCreated", null),
        updating(
            "no Kustomization any more",
            s -> {
              s.kustomization = null;
              s.before(SUCCEEDED, "r2", V2);
            },
            "NotCreated",
            V2),
        updating(
            "deleted and made again by somebody else, with all its status",
            s -> s.kustomization().getMetadata().setUid("another"),
            "Recreated",
            V2),
        updating(
            "deleted and made again, applied nothing yet",
            s -> {
              s.kustomization().getMetadata().setUid("another");
              s.kustomization().setStatus(new KustomizationStatus());
              s.before(SUCCEEDED, "r2", V2);
            },
            "Recreated",
            V2),
        updating(
            "made again while nobody watched, applied nothing yet",
            s -> {
              s.written = null;
              s.kustomization().setStatus(new KustomizationStatus());
              s.before(SUCCEEDED, "r2", V2);
            },
            "NotObserved",
            V2),
        updating(
            "being deleted",
            s -> s.kustomization().getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z"),
            "Terminating",
            V2),
        updating(
            "the cache is older than the last write, which changed nothing but its generation",
            s -> s.written = new Written(Situation.UID, 3),
            "WriteNotSeen",
            V2),
        updating(
            "the cache is older than the last write of an earlier process",
            s -> {
              s.wanted = Situation.wanted(new GitVersion("v3", null, null));
              s.written = null;
            },
            "NotAsDeclared",
            V2),
        updating(
            "somebody changed a field",
            s -> s.kustomization().getSpec().setPath("./other"),
            "NotAsDeclared",
            V2),
        updating(
            "somebody added a patch",
            s -> {
              var patch = new Patches();
              patch.setPatch("{}");
              s.kustomization().getSpec().setPatches(List.of(patch));
            },
            "NotAsDeclared",
            V2),
        updating(
            "suspended by hand",
            s -> s.kustomization().getSpec().setSuspend(true),
            "NotAsDeclared",
            V2),
        updating(
            "health checks switched off by hand",
            s -> s.kustomization().getSpec().setWait(false),
            "NotAsDeclared",
            V2),
        updating(
            "applied to another cluster by hand",
            s -> {
              s.kustomization().getSpec().getKubeConfig().getSecretRef().setName("other");
              s.kustomization().getStatus().setLastAppliedRevision("v9@sha1:9");
              s.before(SUCCEEDED, "r2", V2);
            },
            "NotAsDeclared",
            V2),

        // The Kustomization's status is of something older.
        updating("no status", s -> s.kustomization().setStatus(null), "NotObserved", null),
        updating(
            "Ready of the generation before",
            s -> {
              s.kustomization().getStatus().setObservedGeneration(1L);
              s.kustomizationSays(condition("Ready", "True", 1, "ReconciliationSucceeded", ""));
            },
            "NotObserved",
            V2),
        updating(
            "Ready of the generation before, which applied the same revision with another ignore",
            s -> {
              s.kustomization().getMetadata().setGeneration(3L);
              s.written = new Written(Situation.UID, 3);
            },
            "NotObserved",
            V2),
        updating(
            "conditions are written before the rest of the status",
            s -> s.kustomization().getStatus().setObservedGeneration(1L),
            "ArtifactNotApplied",
            V2),
        updating(
            "conditions of generation 1, stamped with generation 2 while it was written",
            s -> {
              s.kustomization().getStatus().setObservedGeneration(1L);
              s.kustomization().getStatus().setLastAppliedRevision(V1);
            },
            "ArtifactNotApplied",
            V1),
        updating(
            "observed generation of now, condition of before",
            s -> s.kustomizationSays(condition("Ready", "True", 1, "ReconciliationSucceeded", "")),
            "NotObserved",
            V2),
        updating(
            "new spec, artifact of now, applied the one before",
            s -> s.kustomization().getStatus().setLastAppliedRevision(V1),
            "ArtifactNotApplied",
            V1),
        updating(
            "applied nothing",
            s -> s.kustomization().getStatus().setLastAppliedRevision(null),
            "ArtifactNotApplied",
            null),
        updating(
            "the tag moved and the new artifact is not applied",
            s -> s.source().getStatus().getArtifact().setRevision("v2@sha1:3333"),
            "ArtifactNotApplied",
            V2),
        updating(
            "reconciling, with a Ready left over",
            s -> s.kustomization().getStatus().getConditions().add(reconciling(2)),
            "Progressing",
            V2),
        updating(
            "stalled, with a Ready left over",
            s ->
                s.kustomization()
                    .getStatus()
                    .getConditions()
                    .add(condition("Stalled", "True", 2, "InvalidCELExpression", "")),
            "Progressing",
            V2),
        updating(
            "being applied for the first time",
            s -> {
              s.kustomization().getStatus().setObservedGeneration(1L);
              s.kustomization().getStatus().setLastAppliedRevision(V1);
              s.kustomizationIsLookedAtAgain();
            },
            "Progressing",
            V1),

        // The source is not that which is wanted.
        updating("no GitRepository", s -> s.source = null, "SourceNotCreated", V2),
        updating(
            "the GitRepository is being deleted",
            s -> s.source().getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z"),
            "SourceTerminating",
            V2),
        updating(
            "somebody changed what the source ignores",
            s -> s.source().getSpec().setIgnore("/deploy"),
            "SourceNotAsDeclared",
            V2),
        updating(
            "the source is suspended by hand",
            s -> s.source().getSpec().setSuspend(true),
            "SourceNotAsDeclared",
            V2),
        updating(
            "the source has no status", s -> s.source().setStatus(null), "SourceNotObserved", V2),
        updating(
            "new spec of the source, old artifact",
            s -> {
              s.source().getMetadata().setGeneration(3L);
            },
            "SourceNotObserved",
            V2),
        updating(
            "new spec of the source, old artifact, being fetched",
            s -> {
              s.source().getMetadata().setGeneration(3L);
              s.sourceSays(condition("Ready", "Unknown", 3, "Progressing", "new generation"));
            },
            "SourceUpdating",
            V2),
        updating("the artifact is of another tag", s -> artifact(s, V1), "SourceUpdating", V1),
        updating(
            "the artifact is of a tag with the same start",
            s -> artifact(s, "v2-rc1@sha1:" + COMMIT),
            "SourceUpdating",
            "v2-rc1@sha1:" + COMMIT),
        updating(
            "the artifact is of another commit",
            s -> {
              s.of(new GitVersion(null, COMMIT, null));
              artifact(s, "sha1:3333333333333333333333333333333333333333");
            },
            "SourceUpdating",
            "sha1:3333333333333333333333333333333333333333"),
        updating(
            "the source is Ready for an older generation",
            s -> s.sourceSays(condition("Ready", "True", 1, "Succeeded", "")),
            "SourceUpdating",
            V2),
        updating(
            "the source is reconciling, with a Ready left over",
            s -> s.source().getStatus().getConditions().add(reconciling(2)),
            "SourceUpdating",
            V2),
        updating(
            "the source has its artifact and cannot be looked at again, never applied so",
            s ->
                s.sourceSays(
                    condition("Ready", "False", 2, "AuthenticationFailed", "no such secret")),
            "SourceUpdating",
            V2),

        // Failed, of just this.
        failed(
            "cannot be built",
            s -> s.kustomizationFails("BuildFailed", "kustomize build failed: no such file"),
            "BuildFailed",
            V1),
        failed(
            "cannot be applied",
            s -> s.kustomizationFails("ReconciliationFailed", "ConfigMap/x dry-run failed"),
            "ReconciliationFailed",
            V1),
        failed(
            "not healthy",
            s -> s.kustomizationFails("HealthCheckFailed", "timeout waiting for: [Deployment/x]"),
            "HealthCheckFailed",
            V1),
        failed(
            "not healthy any more, after it was",
            s -> {
              s.kustomizationSays(condition("Ready", "False", 2, "HealthCheckFailed", "timeout"));
              s.before(SUCCEEDED, "r2", V2);
            },
            "HealthCheckFailed",
            V2),
        failed(
            "no such path in the source",
            s ->
                s.kustomizationFails(
                    "ArtifactFailed", "kustomization path not found: stat /tmp/x: no such file"),
            "ArtifactFailed",
            V1),
        failed(
            "no such tag",
            s ->
                s.sourceFails(
                    "GitOperationFailed",
                    "failed to checkout and determine revision: unable to clone: couldn't find remote ref \"refs/tags/v2\""),
            "GitOperationFailed",
            V1),
        failed(
            "no such secret",
            s -> s.sourceFails("AuthenticationFailed", "failed to get secret 'fleet/git'"),
            "AuthenticationFailed",
            V1),
        failed(
            "a signature is wrong",
            s -> s.sourceFails("InvalidTagSignature", "signature verification failed"),
            "InvalidTagSignature",
            V1),
        failed(
            "the source is stalled",
            s -> {
              s.sourceFails("URLInvalid", "failed to parse url");
              s.source().getStatus().setObservedGeneration(2L);
            },
            "URLInvalid",
            V1),

        // Ready=False that is no failure of this.
        updating(
            "failed in the generation before",
            s -> {
              s.kustomizationFails("HealthCheckFailed", "timeout");
              s.kustomizationSays(condition("Ready", "False", 1, "HealthCheckFailed", "timeout"));
            },
            "NotObserved",
            V1),
        updating(
            "the failure of v1, stamped with generation 2 while it was written",
            s -> {
              s.kustomizationFails("BuildFailed", "kustomize build failed");
              s.kustomization().getStatus().setLastAttemptedRevision(V1);
            },
            "BuildFailed",
            V1),
        updating(
            "the missing path of v1, stamped with generation 2 while it was written",
            s ->
                s.kustomizationFails("ArtifactFailed", "kustomization path not found")
                    .kustomization()
                    .getStatus()
                    .getConditions()
                    .getLast()
                    .setMessage(
                        "Fetching manifests for revision " + V1 + " with a timeout of 5m0s"),
            "ArtifactFailed",
            V1),
        updating(
            "a dependency is not ready",
            s -> s.kustomizationFails("DependencyNotReady", "dependency 'fleet/x' is not ready"),
            "DependencyNotReady",
            V1),
        updating(
            "a health check was given up for something newer",
            s -> s.kustomizationFails("HealthCheckCanceled", "New reconciliation triggered"),
            "HealthCheckCanceled",
            V1),
        updating(
            "the Kustomization did not see the artifact yet",
            s ->
                s.kustomizationFails(
                    "ArtifactFailed", "Source artifact not found, retrying in 30s"),
            "ArtifactFailed",
            V1),
        updating(
            "the artifact is announced and not stored yet",
            s ->
                s.kustomizationFails(
                    "ArtifactFailed", "Source is not ready, artifact not found, retrying in 30s"),
            "ArtifactFailed",
            V1),
        updating(
            "the Kustomization did not see the source yet",
            s ->
                s.kustomizationFails(
                    "ArtifactFailed",
                    "GitRepository.source.toolkit.fluxcd.io \"a-v2-x\" not found"),
            "ArtifactFailed",
            V1),
        updating(
            "source-controller is away for the moment",
            s ->
                s.kustomizationFails(
                    "ArtifactFailed",
                    "failed to download archive: GET http://source-controller/x.tar.gz: dial tcp 10.0.0.1:80: connect: connection refused"),
            "ArtifactFailed",
            V1),
        failed(
            "the git server is away for the moment",
            s ->
                s.sourceFails(
                    "GitOperationFailed",
                    "failed to checkout and determine revision: unable to clone: dial tcp 10.0.0.1:443: i/o timeout"),
            "GitOperationFailed",
            V1),
        updating(
            "an included repository is not there yet",
            s -> {
              s.sourceFails("NotFound", "could not get resource for include 'shared'");
              s.source()
                  .getStatus()
                  .getConditions()
                  .add(condition("IncludeUnavailable", "True", 2, "NotFound", ""));
            },
            "NotFound",
            V1),
        updating(
            "the source failed in the generation before",
            s -> {
              s.sourceFails("GitOperationFailed", "couldn't find remote ref");
              s.source().getMetadata().setGeneration(3L);
            },
            "SourceNotObserved",
            V1),

        // A verdict stands while Flux looks again.
        succeeded(
            "looked at again, as at every interval",
            s -> s.kustomizationIsLookedAtAgain().before(SUCCEEDED, "r2", V2)),
        succeeded(
            "git is away when the source is looked at again",
            s ->
                s.sourceSays(condition("Ready", "False", 2, "GitOperationFailed", "i/o timeout"))
                    .before(SUCCEEDED, "r2", V2)),
        succeeded(
            "source-controller is away when the Kustomization is looked at again",
            s ->
                s.kustomizationSays(
                        condition("Ready", "False", 2, "ArtifactFailed", "connection refused"))
                    .before(SUCCEEDED, "r2", V2)),
        succeeded(
            "source-controller lost its artifacts and fetches them again",
            s -> {
              s.sourceSays(condition("Ready", "Unknown", 2, "Progressing", "building artifact"))
                  .before(SUCCEEDED, "r2", V2);
              s.source().getStatus().setArtifact(null);
            }),
        updating(
            "source-controller lost its artifacts, and the Kustomization was never judged",
            s -> {
              s.sourceSays(condition("Ready", "Unknown", 2, "Progressing", "building artifact"));
              s.source().getStatus().setArtifact(null);
            },
            "SourceUpdating",
            V2),
        updating(
            "source-controller lost its artifacts, and what runs is not healthy",
            s -> {
              s.sourceSays(condition("Ready", "Unknown", 2, "Progressing", "building artifact"))
                  .kustomizationSays(condition("Ready", "False", 2, "HealthCheckFailed", "timeout"))
                  .before(SUCCEEDED, "r2", V2);
              s.source().getStatus().setArtifact(null);
            },
            "SourceUpdating",
            V2),
        failed(
            "the artifacts are lost and the tag is gone",
            s -> {
              s.sourceSays(condition("Ready", "False", 2, "GitOperationFailed", "no remote ref"))
                  .before(SUCCEEDED, "r2", V2);
              s.source().getStatus().setArtifact(null);
            },
            "GitOperationFailed",
            V2),
        updating(
            "looked at again, never judged before",
            Situation::kustomizationIsLookedAtAgain,
            "Progressing",
            V2),
        updating(
            "looked at again, succeeded with another revision before",
            s -> s.kustomizationIsLookedAtAgain().before(SUCCEEDED, "r1", V1),
            "Progressing",
            V2),
        updating(
            "looked at again after the tag moved",
            s -> {
              s.kustomizationIsLookedAtAgain().before(SUCCEEDED, "r2", V2);
              s.source().getStatus().getArtifact().setRevision("v2@sha1:3333");
            },
            "Progressing",
            V2),
        failed(
            "tried again after a failure",
            s -> s.kustomizationIsLookedAtAgain().before(FAILED, "r2", V2),
            "Before",
            V2),
        updating(
            "tried for the first time after a failure of another revision",
            s -> s.kustomizationIsLookedAtAgain().before(FAILED, "r1", V1),
            "Progressing",
            V2),
        failed(
            "the source is tried again after a failure",
            s ->
                s.sourceFails("GitOperationFailed", "")
                    .sourceSays(condition("Ready", "Unknown", 2, "Progressing", "in progress"))
                    .before(FAILED, "r2", V1),
            "Before",
            V1));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void judges(Row row) {
    var observation = row.situation().judge();

    assertThat(observation)
        .as(observation.message())
        .extracting(
            SyncObservation::state, SyncObservation::reason, SyncObservation::appliedRevision)
        .containsExactly(row.state, row.reason, row.applied);
  }

  /** A table that a reader of Ready alone passes would show nothing. */
  @Test
  void theRowsMislead() {
    var misleading =
        rows().filter(row -> row.situation().judgeNaively() != row.state).map(Row::name).toList();

    assertThat(misleading).hasSizeGreaterThan(40);
  }

  @Test
  void messagesAreBounded() {
    var situation = new Situation();
    situation.kustomizationFails("BuildFailed", "x".repeat(5000));

    assertThat(situation.judge().message()).hasSize(1024).endsWith("…");
  }

  static Row succeeded(String name, Consumer<Situation> change) {
    return succeeded(name, change, V2);
  }

  static Row succeeded(String name, Consumer<Situation> change, String applied) {
    return new Row(name, change, SUCCEEDED, "Applied", applied);
  }

  static Row updating(
      String name, Consumer<Situation> change, String reason, @Nullable String applied) {
    return new Row(name, change, UPDATING, reason, applied);
  }

  static Row failed(String name, Consumer<Situation> change, String reason, String applied) {
    return new Row(name, change, FAILED, reason, applied);
  }

  private static void artifact(Situation situation, String revision) {
    situation.source().getStatus().getArtifact().setRevision(revision);
    situation.kustomization().getStatus().setLastAppliedRevision(revision);
    situation.kustomization().getStatus().setLastAttemptedRevision(revision);
  }

  private static void takenBack(Situation situation) {
    situation
        .kustomization()
        .getMetadata()
        .setAnnotations(Map.of("reconcile.fluxcd.io/requestedAt", "taken-back-1"));
  }

  private static Condition reconciling(long generation) {
    return condition("Reconciling", "True", generation, "Progressing", "");
  }
}
