package dev.tranche.assemblage.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tranche.assemblage.Applier.Kustomized;
import dev.tranche.assemblage.ExpandedSync;
import dev.tranche.assemblage.Expansion;
import dev.tranche.assemblage.Target;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.kustomize.v1.KustomizationStatus;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.flux.source.v1.GitRepositoryStatus;
import dev.tranche.crd.flux.source.v1.gitrepositorystatus.Artifact;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.GitSource;
import dev.tranche.crd.v1alpha1.GitVersion;
import dev.tranche.crd.v1alpha1.KubeconfigRef;
import dev.tranche.crd.v1alpha1.Source;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What Flux's objects look like; starts where version v2 of a sync was applied after v1, both
 * objects are of generation 2, and all is well. Tests change what they are about.
 */
final class Situation {
  static final String COMMIT = "2222222222222222222222222222222222222222";
  static final String V1 = "v1@sha1:1111111111111111111111111111111111111111";
  static final String V2 = "v2@sha1:" + COMMIT;
  static final String UID = "0e1f3a54-6c1c-4d3a-9f2e-5b1f0a6f7a11";

  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  ExpandedSync wanted = wanted(new GitVersion("v2", null, null));
  @Nullable GitRepository source;
  @Nullable Kustomization kustomization;
  @Nullable Written written = new Written(UID, 2);
  @Nullable SyncStatus previous;

  Situation() {
    var repository = copy(wanted.sources().getFirst(), GitRepository.class);
    repository.getMetadata().setUid("5d1a2f0e-1b7e-4c55-8a53-d4f8f1c1b0aa");
    repository.getMetadata().setGeneration(2L);
    var artifact = new Artifact();
    artifact.setRevision(V2);
    artifact.setDigest("sha256:2");
    var sourceStatus = new GitRepositoryStatus();
    sourceStatus.setObservedGeneration(2L);
    sourceStatus.setArtifact(artifact);
    sourceStatus.setConditions(
        new ArrayList<>(List.of(condition("Ready", "True", 2, "Succeeded", "stored artifact"))));
    repository.setStatus(sourceStatus);
    source = repository;

    var applied = copy(wanted.applier().object(), Kustomization.class);
    applied.getMetadata().setUid(UID);
    applied.getMetadata().setGeneration(2L);
    var status = new KustomizationStatus();
    status.setObservedGeneration(2L);
    status.setLastAppliedRevision(V2);
    status.setLastAttemptedRevision(V2);
    status.setConditions(
        new ArrayList<>(
            List.of(
                condition(
                    "Ready", "True", 2, "ReconciliationSucceeded", "Applied revision: " + V2))));
    applied.setStatus(status);
    kustomization = applied;
  }

  static ExpandedSync wanted(GitVersion version) {
    var git = GitSource.of("https://git.example.com/a.git", version);
    return Expansion.of(
        new Target("fleet", "eu-1", new KubeconfigRef("eu-1-kubeconfig", null)),
        new AssignedSync("Module", "ingress", "r2", Source.git(git), null, List.of(), null));
  }

  static Condition condition(
      String type, String status, long generation, String reason, String message) {
    return new ConditionBuilder()
        .withType(type)
        .withStatus(status)
        .withObservedGeneration(generation)
        .withReason(reason)
        .withMessage(message)
        .withLastTransitionTime("2026-01-01T00:00:00Z")
        .build();
  }

  Situation of(GitVersion version) {
    wanted = wanted(version);
    source().setSpec(copy(wanted.sources().getFirst(), GitRepository.class).getSpec());
    kustomization().setSpec(copy(wanted.applier().object(), Kustomization.class).getSpec());
    return this;
  }

  GitRepository source() {
    return Objects.requireNonNull(source);
  }

  Kustomization kustomization() {
    return Objects.requireNonNull(kustomization);
  }

  /** Replaces the conditions of the Kustomization. */
  Situation kustomizationSays(Condition... conditions) {
    kustomization().getStatus().setConditions(new ArrayList<>(List.of(conditions)));
    return this;
  }

  /** Replaces the conditions of the GitRepository. */
  Situation sourceSays(Condition... conditions) {
    source().getStatus().setConditions(new ArrayList<>(List.of(conditions)));
    return this;
  }

  /** Flux tries the wanted version for the first time and fails. */
  Situation kustomizationFails(String reason, String message) {
    kustomization().getStatus().setObservedGeneration(1L);
    kustomization().getStatus().setLastAppliedRevision(V1);
    return kustomizationSays(
        condition("Ready", "False", 2, reason, message),
        condition(
            "Reconciling",
            "True",
            2,
            "ProgressingWithRetry",
            "Detecting drift for revision " + V2 + " with a timeout of 5m0s"));
  }

  /** Flux cannot fetch the wanted version, and never could. */
  Situation sourceFails(String reason, String message) {
    source().getStatus().setArtifact(null);
    source().getStatus().setObservedGeneration(-1L);
    kustomizationFails("ArtifactFailed", "Source artifact not found, retrying in 30s");
    return sourceSays(
        condition("FetchFailed", "True", 2, reason, message),
        condition("Ready", "False", 2, reason, message),
        condition("Reconciling", "True", 2, "ProgressingWithRetry", "building artifact"));
  }

  /** The Kustomization is looked at again, as at every interval. */
  Situation kustomizationIsLookedAtAgain() {
    return kustomizationSays(
        condition("Ready", "Unknown", 2, "Progressing", "Reconciliation in progress"),
        condition(
            "Reconciling",
            "True",
            2,
            "Progressing",
            "Running health checks for revision " + V2 + " with a timeout of 5m0s"));
  }

  Situation before(SyncState state, String revision, @Nullable String applied) {
    previous =
        new SyncStatus(
            "Module",
            "ingress",
            revision,
            state,
            state == SyncState.SUCCEEDED ? "Applied" : "Before",
            "as it was before",
            "2026-01-01T00:00:00Z",
            applied,
            null);
    return this;
  }

  SyncObservation judge() {
    return SyncObservation.judge(
        wanted,
        List.of(Optional.ofNullable(source)),
        kustomization == null ? null : new Kustomized(kustomization),
        written,
        previous);
  }

  /** What a reader of nothing but Ready conditions would say. */
  SyncState judgeNaively() {
    if (source == null
        || source.getStatus() == null
        || kustomization == null
        || kustomization.getStatus() == null) {
      return SyncState.UPDATING;
    }
    var ready =
        List.of(
            readiness(source.getStatus().getConditions()),
            readiness(kustomization.getStatus().getConditions()));
    return ready.contains("False")
        ? SyncState.FAILED
        : Set.copyOf(ready).equals(Set.of("True")) ? SyncState.SUCCEEDED : SyncState.UPDATING;
  }

  private static String readiness(@Nullable List<Condition> conditions) {
    if (conditions == null) {
      return "Unknown";
    }
    var ready = Conditions.find(conditions, "Ready");
    return ready == null ? "Unknown" : ready.getStatus();
  }

  static <T> T copy(Object object, Class<T> type) {
    return MAPPER.convertValue(MAPPER.<JsonNode>valueToTree(object), type);
  }
}
