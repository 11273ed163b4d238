package dev.tranche.rollout.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Plays every {@code src/test/resources/golden/*.yaml} and compares what happened with the log of
 * the same name.
 *
 * <p>{@code scripts/mvn -pl rollout test -Dtest=GoldenTest -Dgolden.write=true} writes the logs
 * anew; read the difference before committing it.
 */
class GoldenTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden");

  static List<String> scenarios() throws IOException {
    try (var files = Files.list(FOLDER)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.endsWith(".yaml"))
          .map(file -> file.substring(0, file.length() - ".yaml".length()))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void happensAsTold(String name) throws IOException {
    var scenario = Scenario.read(FOLDER.resolve(name + ".yaml"));
    var log = FOLDER.resolve(name + ".log");
    var told = new Simulation(scenario).run();
    if (Boolean.getBoolean("golden.write")) {
      Files.writeString(log, told);
    }
    assertThat(log).exists();
    assertThat(told).as(name).isEqualTo(Files.readString(log));
  }
}
