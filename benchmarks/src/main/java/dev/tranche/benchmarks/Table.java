package dev.tranche.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The rows, for people and for programs. */
record Table(List<Row> rows) {

  /** In the form of Markdown. */
  String text() {
    return Stream.of(
            Stream.of(line("what", "measured", "target", "")),
            Stream.of(line("---", "---", "---", "---")),
            rows.stream()
                .map(row ->
                    line(
                        row.name(),
                        row.measured() + (row.isMissed() ? " (missed)" : ""),
                        row.target(),
                        row.detail())))
        .flatMap(Function.identity())
        .collect(Collectors.joining("\n"));
  }

  void write(Path file, Bench.Sizes sizes) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(
          file,
          new ObjectMapper()
              .enable(SerializationFeature.INDENT_OUTPUT)
              .writeValueAsString(
                  Map.of(
                      "processors",
                      Runtime.getRuntime().availableProcessors(),
                      "sizes",
                      sizes,
                      "rows",
                      rows)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String line(String... cells) {
    return "| " + String.join(" | ", cells) + " |";
  }
}
