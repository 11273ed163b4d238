package dev.tranche.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.tranche.testbed.Hub;
import dev.tranche.testbed.junit.FleetTest;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the API server says of our kinds: {@code in.yaml} of a folder is either stored with its
 * defaults as {@code out.yaml} or refused with the words of {@code refused.txt}.
 *
 * <p>With {@code -Dgolden.write=true} what it says is written anew; look at the difference before
 * committing it.
 */
@FleetTest(flux = false)
class ValidationTest {
  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
          .disable(YAMLGenerator.Feature.SPLIT_LINES)
          .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
          .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .build();
  private static final String OUT = "out.yaml";
  private static final String REFUSED = "refused.txt";

  static Stream<Path> cases() throws IOException {
    try (var folders = Files.list(Path.of("src/test/resources/validation"))) {
      return folders.sorted().toList().stream();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void isStoredOrRefused(Path folder, Hub hub) throws IOException {
    var object = YAML.readTree(folder.resolve("in.yaml").toFile());
    var resource = object.path("kind").asText().toLowerCase(Locale.ROOT) + "s";
    try {
      // Strict as kubectl is, which refuses fields that the schema does not have.
      var stored =
          hub.client()
              .raw(
                  "/apis/fleet.tranche.dev/v1alpha1/namespaces/default/%s?dryRun=All&fieldValidation=Strict"
                      .formatted(resource),
                  "POST",
                  object);
      is(folder, OUT, REFUSED, YAML.writeValueAsString(withoutMetadata(YAML.readTree(stored))));
    } catch (KubernetesClientException e) {
      assertThat(e.getStatus()).as("%s", e.getMessage()).isNotNull();
      is(folder, REFUSED, OUT, e.getStatus().getMessage() + "\n");
    }
  }

  private static void is(Path folder, String file, String other, String text) throws IOException {
    if (Boolean.getBoolean("golden.write")) {
      Files.deleteIfExists(folder.resolve(other));
      Files.writeString(folder.resolve(file), text);
    }
    assertThat(folder.resolve(file)).as("what the API server said: %s", text).exists();
    assertThat(text).isEqualTo(Files.readString(folder.resolve(file)));
  }

  private static JsonNode withoutMetadata(JsonNode stored) {
    ((ObjectNode) stored).retain(List.of("spec", "status"));
    return stored;
  }
}
