package dev.tranche.assemblage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder with a case: what goes in as {@code in*.yaml}, what shall come out as {@code out*.yaml}.
 *
 * <p>{@code scripts/mvn -o -pl crd-models,assemblage test -Dgolden.write=true} writes anew what
 * comes out; look at the difference before committing it.
 *
 * @param folder below {@code src/test/resources}
 */
public record Golden(Path folder) {
  private static final ObjectMapper YAML =
      YAMLMapper.builder()
          .disable(YAMLGenerator.Feature.SPLIT_LINES)
          .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
          .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
          .build()
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

  /** All cases of a subject, by name. */
  public static Stream<Golden> cases(String subject) {
    return list(Path.of("src/test/resources", subject)).stream().map(Golden::new);
  }

  /** All documents that go in, in the order of the names of their files. */
  public <T> List<T> in(Class<T> type) {
    return list(folder).stream()
        .filter(file -> file.getFileName().toString().startsWith("in"))
        .flatMap(file -> read(file, type))
        .toList();
  }

  /** Checks, or writes, what comes out. */
  public void out(String file, List<?> documents) throws IOException {
    var text = new StringWriter();
    try (var writer = YAML.writer().writeValues(text)) {
      for (var document : documents) {
        writer.write(YAML.<JsonNode>valueToTree(document));
      }
    }
    var path = folder.resolve(file);
    if (Boolean.getBoolean("golden.write")) {
      Files.writeString(path, text.toString());
    }
    assertThat(path).exists();
    assertThat(text.toString()).isEqualTo(Files.readString(path));
  }

  @Override
  public String toString() {
    return folder.getFileName().toString();
  }

  private static <T> Stream<T> read(Path file, Class<T> type) {
    try (var values = YAML.readerFor(type).<T>readValues(file.toFile())) {
      return values.readAll().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  private static List<Path> list(Path folder) {
    try (var files = Files.list(folder)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
