package dev.tranche.controlplane.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tranche.controlplane.check.CheckAnswer.NoAnswer;
import dev.tranche.controlplane.check.CheckAnswer.NotPassed;
import dev.tranche.controlplane.check.CheckAnswer.Passed;
import dev.tranche.testbed.Prometheus;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fleet")
final class RealPrometheusTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Duration INTERVAL = Duration.ofMillis(100);

  private static Prometheus prometheus;

  private final List<CheckAnswer> answers = new CopyOnWriteArrayList<>();
  private final AtomicReference<CheckRequest> asked = new AtomicReference<>();
  private final ChecksUnderway checks =
      new ChecksUnderway(
          secret -> Optional.empty(),
          Clock.systemUTC(),
          key -> this.checks().answer(asked.get()).ifPresent(answers::add));

  @BeforeAll
  static void start() {
    prometheus = Prometheus.start();
  }

  @AfterAll
  static void stop() {
    prometheus.close();
  }

  @AfterEach
  void end() {
    checks.close();
  }

  @Test
  void followsTheValue() {
    prometheus.set("error_rate{cluster=\"c1\"}", 0.07);
    prometheus.set("error_rate{cluster=\"c2\"}", 0.001);
    want("max by (cluster) (error_rate)");
    await("above").atMost(SOON).until(() -> newest() instanceof NotPassed);
    assertThat(newest()).asString().contains("max is 0.01, and {cluster=\"c1\"} is 0.07");
    prometheus.set("error_rate{cluster=\"c1\"}", 0.01);
    await("below").atMost(SOON).until(() -> newest() instanceof Passed);
    prometheus.remove("error_rate{cluster=\"c1\"}");
    prometheus.remove("error_rate{cluster=\"c2\"}");
    await("gone").atMost(SOON).until(() -> newest() instanceof NoAnswer);
    assertThat(newest()).asString().contains("the query found nothing");
  }

  @Test
  void neverPassesWhilePrometheusIsAway() {
    prometheus.set("healthy", 0);
    want("healthy");
    await("before").atMost(SOON).until(() -> newest() instanceof Passed);

    prometheus.kill();
    var killed = Instant.now();
    await("away")
        .atMost(SOON)
        .until(() -> answers.stream().filter(NoAnswer.class::isInstance).count() > 5);
    assertThat(answers)
        .filteredOn(answer -> answer.at().isAfter(killed))
        .isNotEmpty()
        .allSatisfy(answer ->
            assertThat(answer)
                .isInstanceOf(NoAnswer.class)
                .asString()
                .contains(prometheus.url() + " did not answer: "));
    assertThat(newest()).asString().contains("connection refused");

    prometheus.restart();
    await("back").atMost(SOON).until(() -> newest() instanceof Passed);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          vector(0.005)   | Passed
          scalar(vector(0.005)) | Passed
          0.01            | Passed
          0.02            | NotPassed[max is 0.01, and the value is 0.02]
          1 / 0           | NotPassed[max is 0.01, and the value is +Inf]
          0 / 0           | NoAnswer[the value is NaN]
          no_such_series  | NoAnswer[the query found nothing]
          up[5m]          | NoAnswer[the query's result is no scalar and no instant vector but "matrix"]
          "text"          | NoAnswer[the query's result is no scalar and no instant vector but "string"]
          """,
      quoteCharacter = '~')
  void judges(String query, String expected) {
    want(query);
    await().atMost(SOON).until(() -> !answers.isEmpty());
    assertThat(said(newest())).isEqualTo(expected);
  }

  @Test
  void saysWhatIsWrongWithAQuery() {
    want("sum(");
    await().atMost(SOON).until(() -> !answers.isEmpty());
    assertThat(said(newest()))
        .startsWith("NoAnswer[" + prometheus.url() + " answered with an error (400): ")
        .contains("parse error");
  }

  private ChecksUnderway checks() {
    return checks;
  }

  private void want(String query) {
    var request =
        new CheckRequest(
            new CheckKey("uid", "canary", 0, "1"),
            new PrometheusQuery(
                prometheus.url().toString(), query, null, new BigDecimal("0.01"), null),
            INTERVAL);
    asked.set(request);
    checks.want("uid", List.of(request));
  }

  private CheckAnswer newest() {
    return answers.isEmpty() ? new NoAnswer(Instant.EPOCH, "not asked yet") : answers.getLast();
  }

  private static String said(CheckAnswer answer) {
    return switch (answer) {
      case Passed _ -> "Passed";
      case NotPassed(var _, var message) -> "NotPassed[" + message + "]";
      case NoAnswer(var _, var message) -> "NoAnswer[" + message + "]";
    };
  }
}
