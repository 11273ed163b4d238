package dev.tranche.rollout;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** People look up the words of a status and of events in {@code docs/conditions.md}. */
class DocumentedWordsTest {
  private static final Path CONDITIONS = Path.of("..", "docs", "conditions.md");
  private static final Pattern WORD = Pattern.compile("`([A-Z][A-Za-z]+)`");

  @Test
  void everyReasonCodeIsInTheTable() throws IOException {
    assertThat(wordsOfTables("### Reasons of a cluster"))
        .containsAll(Stream.of(ReasonCode.values()).map(ReasonCode::word).toList());
  }

  @Test
  void everyStepIsAmongTheEvents() throws IOException {
    assertThat(wordsOfTables("## Events"))
        .containsAll(Stream.of(RolloutStep.Kind.values()).map(RolloutStep.Kind::word).toList());
  }

  /** The words in code spans of the table rows from a heading to the next heading. */
  private static Set<String> wordsOfTables(String heading) throws IOException {
    return Files.readAllLines(CONDITIONS).stream()
        .dropWhile(line -> !line.equals(heading))
        .skip(1)
        .takeWhile(line -> !line.startsWith("#"))
        .filter(line -> line.startsWith("|"))
        .map(DocumentedWordsTest::withoutMeaning)
        .flatMap(cells -> WORD.matcher(cells).results())
        .map(word -> word.group(1))
        .collect(toSet());
  }

  /** A word that another row merely mentions is not explained. */
  private static String withoutMeaning(String row) {
    return row.substring(0, row.lastIndexOf('|', row.length() - 2));
  }
}
