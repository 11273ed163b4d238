package dev.tranche.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URLEncoder;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fleet")
final class PrometheusTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  void answersWithTheValuesThatWereSet() {
    try (var prometheus = Prometheus.start()) {
      prometheus.set("error_rate{cluster=\"alpha\"}", 0.07);
      awaitAnswer(prometheus, "error_rate", "\"cluster\":\"alpha\"", "\"0.07\"");
      prometheus.set("error_rate{cluster=\"alpha\"}", Double.NaN);
      awaitAnswer(prometheus, "error_rate", "\"NaN\"");
      prometheus.remove("error_rate{cluster=\"alpha\"}");
      awaitAnswer(prometheus, "error_rate", "\"result\":[]");
    }
  }

  @Test
  void comesBackAtTheSameAddressWithItsData() throws Exception {
    try (var prometheus = Prometheus.start()) {
      prometheus.set("before", 1);
      awaitAnswer(prometheus, "before", "\"1\"");
      prometheus.kill();
      assertThatThrownBy(() -> answer(prometheus, "before")).isInstanceOf(ConnectException.class);
      prometheus.remove("before");
      prometheus.restart();
      assertThat(answer(prometheus, "last_over_time(before[5m])")).contains("\"1\"");
    }
  }

  @Test
  void leavesNothing() {
    var prometheus = Prometheus.start();
    var process = ProcessHandle.of(prometheus.pid()).orElseThrow();
    assertThat(process.isAlive()).isTrue();
    prometheus.close();
    assertThat(process.isAlive()).isFalse();
  }

  @Test
  void endsWithAJvmThatIsKilled() throws Exception {
    var jvm =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                Parent.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var output = jvm.inputReader()) {
      var process = ProcessHandle.of(Long.parseLong(output.readLine())).orElseThrow();
      assertThat(process.isAlive()).isTrue();
      jvm.destroyForcibly();
      await().atMost(SOON).until(() -> !process.isAlive());
    }
  }

  private static void awaitAnswer(Prometheus prometheus, String query, String... parts) {
    await().atMost(SOON).untilAsserted(() -> assertThat(answer(prometheus, query)).contains(parts));
  }

  private static String answer(Prometheus prometheus, String query) throws IOException {
    var url =
        prometheus.url().resolve("/api/v1/query?query=" + URLEncoder.encode(query, UTF_8)).toURL();
    try (var body = url.openStream()) {
      return new String(body.readAllBytes(), UTF_8);
    }
  }

  /** Holds a Prometheus until it is killed. */
  static final class Parent {
    private Parent() {}

    public static void main(String[] arguments) throws Exception {
      var prometheus = Prometheus.start();
      System.out.println(prometheus.pid());
      Thread.currentThread().join();
    }
  }
}
