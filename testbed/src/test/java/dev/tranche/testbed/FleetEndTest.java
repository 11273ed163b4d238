package dev.tranche.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever ends a fleet, nothing of it stays. */
@Tag("fleet")
final class FleetEndTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  void aKilledJvmLeavesNoProcessAndTheNextFleetTakesAwayItsFiles() throws Exception {
    var jvm =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "alpha")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (var output = jvm.inputReader()) {
      var kubeconfig =
          output
              .lines()
              .filter(line -> line.startsWith("export KUBECONFIG="))
              .map(line -> Path.of(line.substring("export KUBECONFIG=".length())))
              .findFirst()
              .orElseThrow();
      assertThat(kubeconfig).exists();
      var processes = jvm.descendants().toList();
      assertThat(processes).hasSizeGreaterThanOrEqualTo(7);
      jvm.destroyForcibly();
      await().atMost(SOON).until(() -> processes.stream().noneMatch(ProcessHandle::isAlive));

      try (var next = FleetDirectory.create()) {
        assertThat(kubeconfig.resolve("../..").normalize()).doesNotExist();
        assertThat(next.path()).exists();
      }
    }
  }

  @Test
  void aClosedFleetLeavesNothing() {
    var fleet = Fleet.builder().flux(false).clusterApi(false).clusters("alpha").start();
    var processes =
        Stream.of(fleet.hub().pid(), fleet.cluster("alpha").pid())
            .map(pid -> ProcessHandle.of(pid).orElseThrow())
            .toList();
    fleet.close();
    assertThat(processes).noneMatch(ProcessHandle::isAlive);
    assertThat(fleet.directory()).doesNotExist();
  }

  @Test
  void anotherFleetLeavesThisOneAlone() throws Exception {
    try (var directory = FleetDirectory.create();
        var second = FleetDirectory.create()) {
      assertThat(second.path()).isNotEqualTo(directory.path());
      var other =
          new ProcessBuilder(
                  ProcessHandle.current().info().command().orElseThrow(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  OtherDirectory.class.getName())
              .inheritIO()
              .start();
      assertThat(other.waitFor()).isZero();
      assertThat(directory.path()).exists();
      assertThat(second.path()).exists();
    }
  }

  /** Makes a fleet's directory in a JVM of its own. */
  static final class OtherDirectory {
    private OtherDirectory() {}

    public static void main(String[] arguments) {
      FleetDirectory.create().close();
    }
  }
}
