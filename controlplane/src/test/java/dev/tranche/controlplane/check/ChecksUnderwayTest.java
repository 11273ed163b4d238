package dev.tranche.controlplane.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.check.CheckAnswer.NoAnswer;
import dev.tranche.controlplane.check.CheckAnswer.NotPassed;
import dev.tranche.controlplane.check.CheckAnswer.Passed;
import dev.tranche.controlplane.server.Secrets;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ChecksUnderwayTest {
  private static final Duration OFTEN = Duration.ofMillis(20);
  private static final Duration SELDOM = Duration.ofHours(1);

  private final MisbehavingServer server = MisbehavingServer.start();
  private final List<CheckKey> told = new CopyOnWriteArrayList<>();
  private final ChecksUnderway checks = checks(secret -> Optional.empty());

  @AfterEach
  void end() {
    checks.close();
    server.close();
  }

  @Test
  void asksAtOnceAndTells() {
    server.answersScalar("1");
    var request = request("canary", "up", SELDOM);
    assertThat(checks.answer(request)).isEmpty();
    checks.want("uid", List.of(request));
    await().until(() -> told.contains(request.key()));
    assertThat(checks.answer(request)).get().isInstanceOf(Passed.class);
  }

  @Test
  void whoeverIsToldFindsTheAnswer() {
    var found = new CopyOnWriteArrayList<Boolean>();
    var nowhere = new PrometheusQuery("nowhere", "up", null, BigDecimal.TEN, null);
    var running = new AtomicReference<ChecksUnderway>();
    try (var telling =
        new ChecksUnderway(
            secret -> Optional.empty(),
            Clock.systemUTC(),
            key ->
                found.add(
                    running.get().answer(new CheckRequest(key, nowhere, SELDOM)).isPresent()))) {
      running.set(telling);
      for (int i = 0; i < 1_000; i++) {
        var key = new CheckKey("uid-" + i, "canary", 0, "1");
        telling.want(key.module(), List.of(new CheckRequest(key, nowhere, SELDOM)));
      }
      await().until(() -> found.size() == 1_000);
      assertThat(found).doesNotContain(false);
    }
  }

  @Test
  void asksAgainAtTheInterval() {
    server.answersScalar("11");
    var request = request("canary", "up", OFTEN);
    checks.want("uid", List.of(request));
    await().until(() -> checks.answer(request).filter(NotPassed.class::isInstance).isPresent());
    server.answersScalar("1");
    await().until(() -> checks.answer(request).filter(Passed.class::isInstance).isPresent());
    server.hangsUp();
    await().until(() -> checks.answer(request).filter(NoAnswer.class::isInstance).isPresent());
    server.answersScalar("1");
    await().until(() -> checks.answer(request).filter(Passed.class::isInstance).isPresent());
  }

  @Test
  void wantedAgainGoesOnUndisturbed() {
    server.answersScalar("1");
    var request = request("canary", "up", SELDOM);
    checks.want("uid", List.of(request));
    await().until(() -> checks.answer(request).isPresent());
    var other = request("other", "up", SELDOM);
    checks.want("uid", List.of(request, other));
    await().until(() -> checks.answer(other).isPresent());
    assertThat(checks.answer(request)).isPresent();
    assertThat(server.requests()).hasSize(2);
  }

  @Test
  void forgetsTheAnswersToAnotherQuestion() {
    server.answersScalar("1");
    var request = request("canary", "up", SELDOM);
    checks.want("uid", List.of(request));
    await().until(() -> checks.answer(request).isPresent());
    server.hangs();
    var edited = request("canary", "down", SELDOM);
    checks.want("uid", List.of(edited));
    assertThat(checks.answer(request)).isEmpty();
    assertThat(checks.answer(edited)).isEmpty();
    await().until(() -> server.requests().size() == 2);
    assertThat(server.requests().getLast().body()).contains("query=down");
  }

  @Test
  void asksNoLongerThanIsWanted() {
    server.answersScalar("1");
    var one = request("one", "one", OFTEN);
    var other = request("other", "other", OFTEN);
    checks.want("uid", List.of(one, other));
    await().until(() -> checks.answer(one).isPresent() && checks.answer(other).isPresent());
    checks.want("uid", List.of(other));
    assertThat(checks.answer(one)).isEmpty();
    // One question more may have been on its way.
    long asked = asked("one");
    long others = asked("other");
    await().until(() -> asked("other") > others + 10);
    assertThat(asked("one")).isBetween(asked, asked + 1);
  }

  @Test
  void oneThatIsNotWantedIsNotWaitedFor() {
    server.hangs();
    var request = request("canary", "up", SELDOM);
    checks.want("uid", List.of(request));
    await().until(() -> server.requests().size() == 1);
    checks.want("uid", List.of());
    assertThat(told).isEmpty();
  }

  @Test
  void aServerThatHangsDelaysNobody() {
    try (var hanging = MisbehavingServer.start().hangs()) {
      var hung =
          IntStream.range(0, 100)
              .mapToObj(i -> request(hanging, "hung-" + i, "up", OFTEN))
              .toList();
      checks.want("hanging", hung.stream().map(r -> of("hanging", r)).toList());
      await().until(() -> hanging.requests().size() == 100);
      server.answersScalar("1");
      var request = request("canary", "up", SELDOM);
      checks.want("uid", List.of(request));
      await().until(() -> checks.answer(request).isPresent());
      assertThat(hung).allSatisfy(r -> assertThat(checks.answer(of("hanging", r))).isEmpty());
    }
  }

  @Test
  void survivesWhatShouldNotHappen() {
    try (var broken =
        checks(secret -> {
          throw new IllegalStateException("hunter2");
        })) {
      var query =
          new PrometheusQuery(
              server.address(), "up", null, BigDecimal.TEN, new ObjectKey("fleet", "secret"));
      var request = new CheckRequest(new CheckKey("uid", "canary", 0, "1"), query, OFTEN);
      broken.want("uid", List.of(request));
      await().until(() -> told.size() > 2);
      assertThat(broken.answer(request))
          .get()
          .asString()
          .contains("the check could not be asked")
          .doesNotContain("hunter2");
    }
    try (var deaf =
        new ChecksUnderway(
            secret -> Optional.empty(),
            Clock.systemUTC(),
            key -> {
              throw new IllegalStateException("nobody listens");
            })) {
      server.answersScalar("1");
      deaf.want("uid", List.of(request("canary", "up", OFTEN)));
      await().until(() -> server.requests().size() > 2);
    }
  }

  @Test
  void endsQuietly() {
    checks.close();
    var request = request("canary", "up", OFTEN);
    checks.want("uid", List.of(request));
    assertThat(checks.answer(request)).isEmpty();
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThatThrownBy(() -> checks.want("other", List.of(request("canary", "up", OFTEN))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not of module other");
    assertThatThrownBy(() -> request("canary", "up", Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not positive");
  }

  @ParameterizedTest
  @CsvSource({
    // interval, questions without answer, shortest and longest pause
    "PT1M, 0, PT1M, PT1M",
    "PT1M, 1, PT0.5S, PT1S",
    "PT1M, 2, PT1S, PT2S",
    "PT1M, 7, PT32S, PT64S",
    "PT1M, 8, PT1M, PT2M",
    "PT1M, 1000000, PT1M, PT2M",
    "PT0.1S, 1, PT0.05S, PT0.1S",
    "PT0.1S, 2, PT0.1S, PT0.2S",
    "PT0.1S, 3, PT0.1S, PT0.2S",
  })
  void pauses(Duration interval, int unanswered, Duration shortest, Duration longest) {
    assertThat(ChecksUnderway.pause(interval, unanswered, 0)).isEqualTo(longest);
    assertThat(ChecksUnderway.pause(interval, unanswered, 1)).isEqualTo(shortest);
  }

  private long asked(String query) {
    return server.requests().stream()
        .filter(request -> request.body().startsWith("query=" + query + "&"))
        .count();
  }

  private ChecksUnderway checks(Secrets secrets) {
    return new ChecksUnderway(secrets, Clock.systemUTC(), told::add);
  }

  private CheckRequest request(String stage, String query, Duration interval) {
    return request(server, stage, query, interval);
  }

  private static CheckRequest request(
      MisbehavingServer server, String stage, String query, Duration interval) {
    return new CheckRequest(
        new CheckKey("uid", stage, 0, "1"),
        new PrometheusQuery(server.address(), query, null, BigDecimal.TEN, null),
        interval);
  }

  private static CheckRequest of(String module, CheckRequest request) {
    var key = request.key();
    return new CheckRequest(
        new CheckKey(module, key.stage(), key.gate(), key.revision()),
        request.query(),
        request.interval());
  }
}
