package dev.tranche.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("fleet")
@Timeout(10 * 60)
class DemoTest {
  private static final String STAYS = "Ctrl-C ends all of it.";

  private final List<ProcessHandle> started = new ArrayList<>();
  private final StringBuilder said = new StringBuilder();

  @AfterEach
  void endWhatIsLeft() {
    started.forEach(ProcessHandle::destroyForcibly);
  }

  @Test
  void everyStepHoldsAndNothingIsLeft() throws Exception {
    var demo = start("--exit");
    var output = output(demo);

    assertThat(readUntil(output, "Roll out v1.1.0"))
        .contains("Cluster fleet/paris is enrolled")
        .contains("greeting: Succeeded, 3 of 3 clusters at v1.0.0")
        .contains("Hello from paris in europe!");
    var good = readUntil(output, "Roll out v1.2.0");
    assertThat(good)
        .containsSubsequence(
            "greeting, stage canary: ↻ 0 of 1",
            "greeting, stage canary: ✔ 1 of 1",
            "greeting: Succeeded, 3 of 3 clusters at v1.1.0",
            "✔ the canary was the first, west and east began at the same time");
    assertThat(good).doesNotContain("✘").contains("stage west: ↻ 0 of 1", "stage east: ↻ 0 of 1");

    var bad = readUntil(output, "Roll out v1.3.0");
    assertThat(bad)
        .containsSubsequence(
            "✔ greeting is halted and rolled back",
            "Good morning from paris in europe!",
            "paris        v1.0.0 → v1.1.0 → v1.2.0 → v1.1.0\n",
            "quito        v1.0.0 → v1.1.0\n",
            "osaka        v1.0.0 → v1.1.0\n",
            "✔ only the canary ever had v1.2.0",
            "Ready=False RolledBack: ",
            "RollingBack ",
            "RolledBack ");

    var last = readUntil(output, "Look around");
    assertThat(last)
        .contains("greeting: Succeeded, 3 of 3 clusters at v1.3.0")
        .contains("Good evening from osaka in asia!");
    noteDescendants(demo);
    assertThat(readUntil(output, "never said")).contains("export KUBECONFIG=/");
    assertThat(demo.waitFor()).as(said.toString()).isZero();
    assertThatAllEnd();
  }

  @Test
  void aBareClusterComesToApplyForItself() throws Exception {
    var demo = start("--proxy", "--exit");
    var output = output(demo);

    assertThat(readUntil(output, "Declare a module that the cluster applies by itself"))
        .containsSubsequence("✔ all modules are Ready", "✔ its agent is ready");
    assertThat(readUntil(output, "Roll out v1.1.0"))
        .containsSubsequence(
            "✔ the agent says what is missing",
            "about-this-cluster",
            "greeting: Succeeded, 1 of 1 cluster at v1.0.0",
            "Hello from paris in europe!");
    assertThat(readUntil(output, "Roll out v1.3.0"))
        .containsSubsequence(
            "greeting: Succeeded, 1 of 1 cluster at v1.1.0",
            "✔ it has ended",
            "✔ the agent has told Flux again",
            "✔ what runs there was never touched");
    assertThat(readUntil(output, "Look around"))
        .contains("greeting: Succeeded, 1 of 1 cluster at v1.3.0")
        .doesNotContain("✘");
    noteDescendants(demo);
    readUntil(output, "never said");
    assertThat(demo.waitFor()).as(said.toString()).isZero();
    assertThatAllEnd();
  }

  @Test
  void nothingOutlivesIt() throws Exception {
    var demo = start("--clusters", "1");
    readUntil(output(demo), STAYS);
    assertThat(said).as("what was said before it stays").contains(STAYS);
    noteDescendants(demo);
    assertThat(started).as("API servers, controllers, the control plane").hasSizeGreaterThan(8);

    demo.destroyForcibly();

    assertThatAllEnd();
  }

  @Test
  void wrongUsageStartsNothing() throws Exception {
    var demo = start("--clusters", "0");
    assertThat(demo.waitFor()).isEqualTo(2);
    readUntil(output(demo), "never said");
    assertThat(said).contains("--clusters has to be from 1 to");
    var both = start("--proxy", "--clusters", "2");
    assertThat(both.waitFor()).isEqualTo(2);
    readUntil(output(both), "never said");
    assertThat(said).contains("--proxy shows one cluster");
  }

  private Process start(String... arguments) throws IOException {
    var command = new ArrayList<>(List.of(Path.of("run").toAbsolutePath().toString()));
    command.addAll(List.of(arguments));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    started.add(process.toHandle());
    return process;
  }

  private static BufferedReader output(Process process) {
    return new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
  }

  /** Returns what was said up to there, or to the end. */
  private String readUntil(BufferedReader output, String text) throws IOException {
    int begin = said.length();
    for (var line = output.readLine(); line != null; line = output.readLine()) {
      said.append(line).append('\n');
      if (line.contains(text)) {
        break;
      }
    }
    return said.substring(begin);
  }

  private void noteDescendants(Process process) {
    process.descendants().forEach(started::add);
  }

  private void assertThatAllEnd() throws Exception {
    CompletableFuture.allOf(
            Stream.of(started)
                .flatMap(List::stream)
                .map(ProcessHandle::onExit)
                .toArray(CompletableFuture[]::new))
        .get(Duration.ofSeconds(30).toMillis(), TimeUnit.MILLISECONDS);
  }
}
