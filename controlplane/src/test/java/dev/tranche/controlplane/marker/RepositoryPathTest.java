package dev.tranche.controlplane.marker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RepositoryPathTest {
  @ParameterizedTest
  @CsvSource({
    "., ''",
    "'', ''",
    "./, ''",
    "/, ''",
    "./deploy, deploy",
    "deploy//base/, deploy/base",
    "/deploy, deploy",
    "deploy/../base, base",
    "deploy/.., ''",
    "deploy/...yaml, deploy/...yaml",
  })
  void isAsGitKnowsIt(String written, String path) {
    assertThat(RepositoryPath.of(written)).isEqualTo(path);
  }

  @Test
  void leadsNowhereOutsideOfTheRepository() {
    assertThat(RepositoryPath.of("../other")).isNull();
    assertThat(RepositoryPath.of("deploy/../../deploy")).isNull();
  }
}
