package dev.tranche.assemblage.status;

import static dev.tranche.assemblage.status.Situation.condition;

import dev.tranche.assemblage.Applier.Released;
import dev.tranche.assemblage.ExpandedSync;
import dev.tranche.assemblage.Expansion;
import dev.tranche.assemblage.Target;
import dev.tranche.crd.flux.helm.v2.HelmRelease;
import dev.tranche.crd.flux.helm.v2.HelmReleaseStatus;
import dev.tranche.crd.flux.helm.v2.helmreleasestatus.History;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.flux.source.v1.GitRepositoryStatus;
import dev.tranche.crd.flux.source.v1.HelmChart;
import dev.tranche.crd.flux.source.v1.HelmChartStatus;
import dev.tranche.crd.flux.source.v1.OCIRepository;
import dev.tranche.crd.flux.source.v1.OCIRepositoryStatus;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.GitSource;
import dev.tranche.crd.v1alpha1.GitVersion;
import dev.tranche.crd.v1alpha1.HelmPackage;
import dev.tranche.crd.v1alpha1.KubeconfigRef;
import dev.tranche.crd.v1alpha1.OciSource;
import dev.tranche.crd.v1alpha1.OciVersion;
import dev.tranche.crd.v1alpha1.Source;
import dev.tranche.crd.v1alpha1.SyncPackage;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What Flux's objects of a Helm release look like; starts where version v2 was released after v1,
 * all objects are of generation 2, and all is well. The chart says 1.0.0 all the time.
 */
final class ReleaseSituation {
  static final String V1 = "1.0.0+111111111111";
  static final String V2 = "1.0.0+222222222222";
  static final String DIGEST =
      "sha256:2222222222222222222222222222222222222222222222222222222222222222";
  static final String OTHER =
      "sha256:3333333333333333333333333333333333333333333333333333333333333333";
  static final String OCI_V2 = V2 + "@" + DIGEST;

  private static final String CONFIG = "sha256:config";

  private final ExpandedSync wanted;
  @Nullable GitRepository repository;
  @Nullable HelmChart chart;
  private @Nullable OCIRepository oci;
  @Nullable HelmRelease release;
  @Nullable Written written = new Written(Situation.UID, 2);
  private @Nullable SyncStatus previous;

  private ReleaseSituation(Source source) {
    wanted =
        Expansion.of(
            new Target("fleet", "eu-1", new KubeconfigRef("eu-1-kubeconfig", null)),
            new AssignedSync(
                "Module", "ingress", "r2", source, SyncPackage.helm(HELM), List.of(), null));
    var released = (HelmRelease) made(wanted.applier().object());
    released.getMetadata().setUid(Situation.UID);
    var history = new History();
    history.setStatus("deployed");
    history.setChartVersion(V2);
    history.setConfigDigest(CONFIG);
    var status = new HelmReleaseStatus();
    status.setObservedGeneration(2L);
    status.setLastAttemptedGeneration(2L);
    status.setLastAttemptedRevision(V2);
    status.setLastAttemptedConfigDigest(CONFIG);
    status.setHistory(new ArrayList<>(List.of(history)));
    released.setStatus(status);
    release = released;
    says(condition("Ready", "True", 2, "UpgradeSucceeded", "Helm upgrade succeeded"));
  }

  static ReleaseSituation fromGit() {
    var situation =
        new ReleaseSituation(
            Source.git(
                GitSource.of("https://git.example.com/a.git", new GitVersion("v2", null, null))));
    var repository = (GitRepository) made(situation.wanted.sources().getFirst());
    var artifact = new dev.tranche.crd.flux.source.v1.gitrepositorystatus.Artifact();
    artifact.setRevision(Situation.V2);
    var repositoryStatus = new GitRepositoryStatus();
    repositoryStatus.setObservedGeneration(2L);
    repositoryStatus.setArtifact(artifact);
    repositoryStatus.setConditions(ready());
    repository.setStatus(repositoryStatus);
    situation.repository = repository;

    var chart = (HelmChart) made(situation.wanted.sources().getLast());
    var packaged = new dev.tranche.crd.flux.source.v1.helmchartstatus.Artifact();
    packaged.setRevision(V2);
    var chartStatus = new HelmChartStatus();
    chartStatus.setObservedGeneration(2L);
    chartStatus.setObservedSourceArtifactRevision(Situation.V2);
    chartStatus.setArtifact(packaged);
    chartStatus.setConditions(ready());
    chart.setStatus(chartStatus);
    situation.chart = chart;
    return situation;
  }

  static ReleaseSituation fromOci() {
    var situation =
        new ReleaseSituation(
            Source.oci(
                new OciSource(
                    "oci://registry.example.com/a",
                    new OciVersion("1.0.0", null, DIGEST),
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null)));
    var repository = (OCIRepository) made(situation.wanted.sources().getFirst());
    var artifact = new dev.tranche.crd.flux.source.v1.ocirepositorystatus.Artifact();
    artifact.setRevision(DIGEST);
    var status = new OCIRepositoryStatus();
    status.setObservedGeneration(2L);
    status.setArtifact(artifact);
    status.setConditions(ready());
    repository.setStatus(status);
    situation.oci = repository;
    situation.release().getStatus().setLastAttemptedRevisionDigest(DIGEST);
    situation.history().setOciDigest(DIGEST);
    return situation;
  }

  GitRepository repository() {
    return Objects.requireNonNull(repository);
  }

  HelmChart chart() {
    return Objects.requireNonNull(chart);
  }

  OCIRepository oci() {
    return Objects.requireNonNull(oci);
  }

  HelmRelease release() {
    return Objects.requireNonNull(release);
  }

  /** The newest release. */
  History history() {
    return release().getStatus().getHistory().getFirst();
  }

  /** Replaces the conditions of the HelmRelease. */
  void says(Condition... conditions) {
    release().getStatus().setConditions(new ArrayList<>(List.of(conditions)));
  }

  /** Adds a condition of the HelmRelease. */
  void also(Condition condition) {
    release().getStatus().getConditions().add(condition);
  }

  /** Flux tries the wanted version for the first time and fails; v1 runs. */
  void fails(String reason, String message) {
    var before = new History();
    before.setStatus("deployed");
    before.setChartVersion(V1);
    before.setConfigDigest(CONFIG);
    history().setStatus("failed");
    release().getStatus().getHistory().add(before);
    says(
        condition("Ready", "False", 2, reason, message),
        condition("Reconciling", "True", 2, "ProgressingWithRetry", "retrying after 30s"));
  }

  void before(SyncState state) {
    previous =
        new SyncStatus(
            "Module",
            "ingress",
            "r2",
            state,
            state == SyncState.SUCCEEDED ? "Applied" : "Before",
            "as it was before",
            "2026-01-01T00:00:00Z",
            null,
            null);
  }

  SyncObservation judge() {
    return SyncObservation.judge(
        wanted,
        wanted.sources().size() == 1
            ? List.of(Optional.ofNullable(oci))
            : List.of(Optional.ofNullable(repository), Optional.ofNullable(chart)),
        release == null ? null : new Released(release),
        written,
        previous);
  }

  /** What a reader of nothing but the Ready condition of the HelmRelease would say. */
  SyncState judgeNaively() {
    if (release == null || release.getStatus() == null) {
      return SyncState.UPDATING;
    }
    var conditions = release.getStatus().getConditions();
    var ready = conditions == null ? null : Conditions.find(conditions, "Ready");
    return ready == null
        ? SyncState.UPDATING
        : switch (ready.getStatus()) {
          case "True" -> SyncState.SUCCEEDED;
          case "False" -> SyncState.FAILED;
          default -> SyncState.UPDATING;
        };
  }

  private static HasMetadata made(HasMetadata wanted) {
    var copy = Situation.copy(wanted, wanted.getClass());
    copy.getMetadata().setUid("5d1a2f0e-1b7e-4c55-8a53-d4f8f1c1b0aa");
    copy.getMetadata().setGeneration(2L);
    return copy;
  }

  private static List<Condition> ready() {
    return new ArrayList<>(List.of(condition("Ready", "True", 2, "Succeeded", "stored artifact")));
  }

  private static final HelmPackage HELM =
      new HelmPackage(
          null, List.of(), null, "ingress", null, Map.of(), List.of(), null, null, null, null, null,
          null, List.of(), List.of(), null, null, null, null, null);
}
