package dev.tranche.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ChildProcessTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final List<String> ENDLESS = List.of("tail", "-f", "/dev/null");

  @TempDir private Path folder;

  @Test
  void writesWhatTheProgramSaysToItsLog() throws Exception {
    var log = folder.resolve("log");
    var child =
        ChildProcess.start(
            List.of("sh", "-c", "echo to \"$WHOM\"; echo trouble >&2; exit 3"),
            Map.of("WHOM", "the log"),
            log);
    assertThat(child.endsWithin(SOON)).isTrue();
    assertThat(child.exitStatus()).isEqualTo(3);
    assertThat(log).hasContent("to the log\ntrouble");
  }

  @Test
  void endsWhenItIsKilledAlsoWhileItHangs() throws Exception {
    var child = ChildProcess.start(ENDLESS, Map.of(), folder.resolve("log"));
    var process = ProcessHandle.of(child.pid()).orElseThrow();
    child.signal("STOP");
    assertThat(child.endsWithin(Duration.ofMillis(200))).isFalse();
    assertThat(child.isAlive()).isTrue();
    child.kill();
    assertThat(child.endsWithin(SOON)).isTrue();
    assertThat(process.isAlive()).isFalse();
  }

  @Test
  void passesSignalsOn() throws Exception {
    var child = ChildProcess.start(ENDLESS, Map.of(), folder.resolve("log"));
    child.signal("TERM");
    assertThat(child.endsWithin(SOON)).isTrue();
    child.signal("TERM");
    child.kill();
  }

  @Test
  void reportsAProgramThatEndsBeforeItIsReady() {
    var program =
        new Program(
            "server",
            List.of("sh", "-c", "echo 'no such flag' >&2; exit 2"),
            Map.of(),
            folder.resolve("log"),
            () -> false);
    assertThatThrownBy(() -> program.start().awaitReady())
        .isInstanceOf(FleetException.class)
        .hasMessageContaining("server ended with status 2")
        .hasMessageContaining("no such flag");
  }

  @Test
  void endsWithAJvmThatIsKilled() throws Exception {
    var jvm =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                Parent.class.getName(),
                folder.resolve("log").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var output = jvm.inputReader()) {
      var child = ProcessHandle.of(Long.parseLong(output.readLine())).orElseThrow();
      assertThat(child.isAlive()).isTrue();
      jvm.destroyForcibly();
      await().atMost(SOON).until(() -> !child.isAlive());
    }
  }

  /** Holds a child until it is killed. */
  static final class Parent {
    private Parent() {}

    public static void main(String[] arguments) throws Exception {
      var child = ChildProcess.start(ENDLESS, Map.of(), Path.of(arguments[0]));
      System.out.println(child.pid());
      Thread.currentThread().join();
    }
  }
}
