package dev.tranche.crd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is generated from the types and committed is current; {@code scripts/generate} makes it so.
 */
class GeneratedFilesTest {
  private static final Path GENERATED = Path.of("target");
  private static final Path PROJECT = Path.of("..");

  static List<Path> crds() throws IOException {
    try (Stream<Path> files = Files.list(GENERATED.resolve("crds"))) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("crds")
  void crdIsCommitted(Path crd) throws IOException {
    assertThat(PROJECT.resolve("deploy/crds").resolve(crd.getFileName()))
        .as("run scripts/generate")
        .hasSameTextualContentAs(crd);
  }

  @Test
  void noOtherCrdIsCommitted() throws IOException {
    try (Stream<Path> files = Files.list(PROJECT.resolve("deploy/crds"))) {
      assertThat(files.map(Path::getFileName).map(Path::toString))
          .containsExactlyInAnyOrderElementsOf(
              crds().stream().map(Path::getFileName).map(Path::toString).toList());
    }
  }

  /** A kustomization may not refer to a file outside of its folder. */
  @Test
  void theAgentsCopyIsCommitted() {
    var crd = "assemblages.fleet.tranche.dev.yaml";
    assertThat(PROJECT.resolve("deploy/agent").resolve(crd))
        .as("run scripts/generate")
        .hasSameTextualContentAs(GENERATED.resolve("crds").resolve(crd));
  }

  @Test
  void referenceIsCommitted() {
    assertThat(PROJECT.resolve("docs/reference.md"))
        .as("run scripts/generate")
        .hasSameTextualContentAs(GENERATED.resolve("reference.md"));
  }

  @ParameterizedTest
  @MethodSource("crds")
  void everyFieldIsDescribed(Path crd) throws IOException {
    var schema =
        new YAMLMapper().readTree(crd.toFile()).at("/spec/versions/0/schema/openAPIV3Schema");
    assertThat(schema.path("description").asText()).isNotBlank();
    assertThat(undescribed("", schema)).isEmpty();
  }

  private static List<String> undescribed(String path, JsonNode schema) {
    var missing = new ArrayList<String>();
    schema
        .path("properties")
        .properties()
        .forEach(property -> {
          var child = path + "." + property.getKey();
          if (property.getValue().path("description").asText().isBlank()) {
            missing.add(child);
          }
          missing.addAll(undescribed(child, property.getValue()));
          missing.addAll(undescribed(child + "[]", property.getValue().path("items")));
        });
    return missing;
  }
}
