package dev.tranche.assemblage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.tranche.crd.v1alpha1.Sync;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RevisionsTest {
  private static final YAMLMapper YAML = new YAMLMapper();

  private static final String PLAIN =
      """
      source: {git: {url: "https://h/a.git", version: {tag: v1}}}
      """;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "package: {kustomize: {}}",
        "package: {kustomize: {path: ., substitute: {}, patches: []}}",
        "package: {kustomize: {timeout: 5m, interval: 1h, retryInterval: 30s, prune: true, force: false}}"
      })
  void writingOutDefaultsChangesNothing(String syncPackage) {
    assertThat(revision(PLAIN + syncPackage)).isEqualTo(revision(PLAIN));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "package: {kustomize: {path: ./a}}",
        "package: {kustomize: {substitute: {A: \"\"}}}",
        "package: {kustomize: {prune: false}}",
        "package: {kustomize: {patches: [{patch: a}]}}"
      })
  void contentChangesIt(String syncPackage) {
    assertThat(revision(PLAIN + syncPackage)).isNotEqualTo(revision(PLAIN));
  }

  @Test
  void theOrderOfVariablesDoesNotMatterThatOfPatchesDoes() {
    assertThat(revision(PLAIN + "package: {kustomize: {substitute: {A: x, B: y}}}"))
        .isEqualTo(revision(PLAIN + "package: {kustomize: {substitute: {B: y, A: x}}}"));
    assertThat(revision(PLAIN + "package: {kustomize: {patches: [{patch: a}, {patch: b}]}}"))
        .isNotEqualTo(
            revision(PLAIN + "package: {kustomize: {patches: [{patch: b}, {patch: a}]}}"));
  }

  /** Changing it makes every assignment look new. */
  @Test
  void itNeverChanges() {
    assertThat(revision(PLAIN)).isEqualTo("5ed531957061174b");
  }

  private static String revision(String sync) {
    try {
      return Revisions.of(YAML.readValue(sync, Sync.class));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(sync, e);
    }
  }
}
