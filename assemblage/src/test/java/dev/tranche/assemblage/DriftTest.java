package dev.tranche.assemblage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.kustomize.v1.KustomizationSpec;
import dev.tranche.crd.flux.kustomize.v1.kustomizationspec.Patches;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.flux.source.v1.GitRepositoryStatus;
import dev.tranche.crd.flux.source.v1.gitrepositorystatus.Artifact;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DriftTest {
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final Drift NONE = new Drift(false, List.of());

  @Test
  void whatIsAsWantedHasNone() {
    assertThat(between("{a: 1, b: {c: [x]}}", "{a: 1, b: {c: [x]}}")).isEqualTo(NONE);
    assertThat(between("{a: null}", "{}")).isEqualTo(NONE);
    assertThat(between("{}", "{a: null}")).isEqualTo(NONE);
    assertThat(NONE.any()).isFalse();
  }

  @Test
  void numbersAreComparedByValue() {
    assertThat(between("1", "1.0")).isEqualTo(NONE);
    assertThat(between("{a: 2.5}", "{a: 2}").changed()).isTrue();
  }

  @Test
  void whatIsMissingOrOtherIsChanged() {
    var changed = new Drift(true, List.of());
    assertThat(between("{a: 1}", "{}")).isEqualTo(changed);
    assertThat(between("{a: {b: 1}}", "{a: {b: 2}}")).isEqualTo(changed);
    assertThat(between("{a: {b: 1}}", "{a: [1]}")).isEqualTo(changed);
    assertThat(between("{a: \"1\"}", "{a: 1}")).isEqualTo(changed);
  }

  @Test
  void whatIsTooMuchIsNamed() {
    assertThat(between("{a: {b: 1}}", "{a: {b: 1, c/d: 2, e~f: 3}, g: {}}"))
        .isEqualTo(new Drift(false, List.of("/a/c~1d", "/a/e~0f", "/g")));
  }

  /** Server-side apply replaces such lists as a whole, so nothing is left over in them. */
  @Test
  void listsAreComparedAsAWhole() {
    assertThat(between("{a: [{b: 1}]}", "{a: [{b: 1, c: 2}]}"))
        .isEqualTo(new Drift(true, List.of()));
    assertThat(between("{a: [x, y]}", "{a: [y, x]}")).isEqualTo(new Drift(true, List.of()));
  }

  @Test
  void othersMayAddMetadataAndNotSpec() {
    var desired = kustomization();
    var actual = kustomization();
    actual.getMetadata().setLabels(Map.of("ours", "1", "theirs", "2"));
    actual.getMetadata().setFinalizers(List.of("finalizers.fluxcd.io"));
    actual.getMetadata().setUid("u");
    assertThat(Drift.between(desired, actual)).isEqualTo(NONE);

    var patch = new Patches();
    patch.setPatch("{}");
    actual.getSpec().setPatches(List.of(patch));
    assertThat(Drift.between(desired, actual))
        .isEqualTo(new Drift(false, List.of("/spec/patches")));

    actual.getMetadata().setLabels(Map.of("ours", "other"));
    assertThat(Drift.between(desired, actual).changed()).isTrue();
    assertThat(Drift.ofSpec(desired, actual).changed()).isFalse();
  }

  /** It decides whether things are removed from a cluster. */
  @Test
  void nobodyElseMaySetTheDeletionPolicy() {
    var actual = kustomization();
    actual.getMetadata().setAnnotations(Map.of(Expansion.DELETION_POLICY, "Orphan"));
    assertThat(Drift.between(kustomization(), actual))
        .isEqualTo(
            new Drift(false, List.of("/metadata/annotations/fleet.tranche.dev~1deletion-policy")));

    var desired = kustomization();
    desired.getMetadata().setAnnotations(Map.of(Expansion.DELETION_POLICY, "Orphan"));
    assertThat(Drift.between(desired, actual)).isEqualTo(NONE);
    assertThat(Drift.between(desired, kustomization()).changed()).isTrue();
  }

  @Test
  void ownersMustBeThere() {
    var owner =
        new OwnerReferenceBuilder().withKind("Cluster").withName("eu-1").withUid("u").build();
    var desired = kustomization();
    desired.getMetadata().setOwnerReferences(List.of(owner));
    var actual = kustomization();
    assertThat(Drift.between(desired, actual).changed()).isTrue();

    actual.getMetadata().setOwnerReferences(List.of(owner));
    assertThat(Drift.between(desired, actual)).isEqualTo(NONE);
  }

  private static Kustomization kustomization() {
    var kustomization = new Kustomization();
    kustomization.getMetadata().setLabels(Map.of("ours", "1"));
    kustomization.setSpec(new KustomizationSpec());
    kustomization.getSpec().setPath("./a");
    return kustomization;
  }

  private static Drift between(String desired, String actual) {
    return Drift.between(parse(desired), parse(actual));
  }

  private static JsonNode parse(String yaml) {
    try {
      return YAML.readTree(yaml);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(yaml, e);
    }
  }

  /** The times in a status are no obstacle, and a status is no drift. */
  @Test
  void statusIsNotCompared() {
    var actual = new GitRepository();
    actual.setStatus(new GitRepositoryStatus());
    var artifact = new Artifact();
    artifact.setLastUpdateTime(ZonedDateTime.parse("2026-01-02T03:04:05Z"));
    actual.getStatus().setArtifact(artifact);
    assertThat(Drift.between(new GitRepository(), actual)).isEqualTo(NONE);
  }
}
