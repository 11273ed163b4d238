package dev.tranche.controlplane.source;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.git.GitException;
import dev.tranche.controlplane.git.GitTransports;
import dev.tranche.testbed.git.GitRepo;
import dev.tranche.testbed.git.GitServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many who want to know, and real git servers that count how often they are asked. */
final class SourcesTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final WantedVersion V1 = new WantedVersion.Tag("v1");

  @TempDir private Path folder;
  private final Map<ObjectKey, Map<String, String>> secrets = new ConcurrentHashMap<>();
  private final List<String> changed = new CopyOnWriteArrayList<>();
  private final GitTransports transports = new GitTransports();
  private final Sources sources =
      new Sources(
          Map.of(
              SourceRequest.Kind.GIT,
              new GitUpstream(
                  transports, key -> Optional.ofNullable(secrets.get(key)), Duration.ofSeconds(5))),
          transports,
          Clock.systemUTC(),
          changed::add);
  private GitServer server;
  private GitRepo repository;
  private String first;

  @BeforeEach
  void startServer() {
    server = GitServer.start(folder);
    repository = server.createRepository("platform/ingress");
    first = repository.commit(Map.of("a.yaml", "a: 1\n"), "First");
    repository.tag("v1");
  }

  @AfterEach
  void close() {
    sources.close();
    server.close();
  }

  @Test
  void asksAtOnceAndTellsOnce() {
    var request = request(V1, HOUR);
    sources.want("a", List.of(new Wanted(request, null)));
    awaitNewest("a", request, new SourceAnswer.Found("v1", first));
    assertThat(sources.answer("a", request))
        .satisfies(known -> assertThat(known.lastGood()).isEqualTo(known.newest()))
        .satisfies(known -> assertThat(known.at()).isNotNull());
    await().untilAsserted(() -> assertThat(changed).containsExactly("a"));
    assertThat(sources.answer("b", request)).isEqualTo(Known.NOTHING);
  }

  @Test
  void asksOnceForAThousandAtOneMoment() {
    var requests =
        IntStream.range(0, 1_000)
            .mapToObj(i -> request(new WantedVersion.Tag("v" + i % 50), HOUR))
            .toList();
    IntStream.range(0, 1_000)
        .parallel()
        .forEach(i -> sources.want("user-" + i, List.of(new Wanted(requests.get(i), null))));
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() ->
            assertThat(IntStream.range(0, 1_000))
                .allMatch(i -> sources.answer("user-" + i, requests.get(i)).newest() != null));
    assertThat(repository.requests().infoRefs()).isBetween(1, 5);
    await().untilAsserted(() -> assertThat(changed.stream().collect(toSet())).hasSize(1_000));
    assertThat(changed).hasSize(1_000);
  }

  @Test
  void asksAtTheShortestIntervalThatAnybodyWants() {
    sources.want("patient", List.of(new Wanted(request(V1, HOUR), null)));
    awaitNewest("patient", request(V1, HOUR), new SourceAnswer.Found("v1", first));
    sources.want("eager", List.of(new Wanted(request(V1, SECOND), null)));
    awaitAsks(4);
    sources.want("eager", List.of());
    assertThat(sources.answer("eager", request(V1, SECOND))).isEqualTo(Known.NOTHING);
    // One may be under way, and the next was due already.
    var asks = repository.requests().infoRefs();
    var moved = repository.commit(Map.of("a.yaml", "a: 2\n"), "Second");
    repository.moveTag("v1", moved);
    await()
        .during(Duration.ofSeconds(3))
        .atMost(Duration.ofSeconds(6))
        .until(() -> repository.requests().infoRefs() <= asks + 2);
  }

  @Test
  void tellsOfWhatChangesOnly() {
    var request = request(V1, SECOND);
    var other = request(new WantedVersion.Range("*"), SECOND);
    sources.want("a", List.of(new Wanted(request, null)));
    sources.want("b", List.of(new Wanted(other, null)));
    awaitNewest("a", request, new SourceAnswer.Found("v1", first));
    awaitAsks(3);
    await().untilAsserted(() -> assertThat(changed).containsExactlyInAnyOrder("a", "b"));
    var second = repository.commit(Map.of("a.yaml", "a: 2\n"), "Second");
    repository.moveTag("v1", second);
    awaitNewest("a", request, new SourceAnswer.Found("v1", second));
    await().untilAsserted(() -> assertThat(changed).containsExactlyInAnyOrder("a", "b", "a"));
  }

  @Test
  void asksNowWhereItIsToldTo() {
    var request = request(V1, HOUR);
    sources.want("a", List.of(new Wanted(request, null)));
    awaitNewest("a", request, new SourceAnswer.Found("v1", first));
    var second = repository.commit(Map.of("a.yaml", "a: 2\n"), "Second");
    repository.moveTag("v1", second);
    sources.askNow("nobody");
    IntStream.range(0, 100).forEach(_ -> sources.askNow("a"));
    awaitNewest("a", request, new SourceAnswer.Found("v1", second));
    assertThat(repository.requests().infoRefs()).isEqualTo(2);
  }

  @Test
  void takesItsTimeWhereAnAnswerIsRecorded() {
    var recorded = new SourceAnswer.Found("v1", "0".repeat(40));
    var request = request(V1, HOUR);
    sources.want("a", List.of(new Wanted(request, recorded)));
    assertThat(sources.answer("a", request)).isEqualTo(new Known(recorded, null, null));
    var other = server.createRepository("other");
    other.commit(Map.of("a.yaml", "a: 1\n"), "First");
    var asked = request("team", other.url(), V1, null, HOUR);
    sources.want("b", List.of(new Wanted(asked, null)));
    await().until(() -> sources.answer("b", asked).newest() != null);
    // Within an hour; that it were in the first seconds is less likely than 1 in 1000.
    assertThat(repository.requests().infoRefs()).isZero();
    sources.want("a", List.of(new Wanted(request(V1, SECOND), recorded)));
    awaitNewest("a", request(V1, SECOND), new SourceAnswer.Found("v1", first));
  }

  @Test
  void keepsTheLastGoodAnswerWhileThereIsNone() {
    var request = request(V1, SECOND);
    var found = new SourceAnswer.Found("v1", first);
    sources.want("a", List.of(new Wanted(request, null)));
    awaitNewest("a", request, found);
    repository.unavailable(true);
    await()
        .untilAsserted(() -> {
          var known = sources.answer("a", request);
          assertThat(known.newest())
              .isInstanceOfSatisfying(
                  SourceAnswer.Unavailable.class,
                  answer -> assertThat(answer.reason()).isEqualTo(GitException.SERVER_ERROR));
          assertThat(known.lastGood()).isEqualTo(found);
        });
    repository.unavailable(false);
    awaitNewest("a", request, found);
    repository.deleteTag("v1");
    await()
        .untilAsserted(() -> {
          var known = sources.answer("a", request);
          assertThat(known.newest()).isInstanceOf(SourceAnswer.NotFound.class);
          assertThat(known.lastGood()).isEqualTo(found);
        });
  }

  @Test
  void asksLessAndLessWhatFails() {
    repository.unavailable(true);
    sources.want("a", List.of(new Wanted(request(V1, HOUR), null)));
    // At 0, 1, 3 and 7 s at the latest, and at half of each at the earliest.
    await().atMost(Duration.ofSeconds(12)).until(() -> repository.requests().infoRefs() >= 4);
    assertThat(repository.requests().infoRefs()).isLessThanOrEqualTo(5);
    assertThat(changed).hasSize(1);
  }

  @Test
  void usesRotatedCredentials() {
    repository.requireBearer("old-token");
    secrets.put(new ObjectKey("team", "git"), Map.of("bearerToken", "old-token"));
    var request = request("team", repository.url(), V1, "git", SECOND);
    sources.want("a", List.of(new Wanted(request, null)));
    awaitNewest("a", request, new SourceAnswer.Found("v1", first));
    repository.requireBearer("new-token");
    await()
        .untilAsserted(() ->
            assertThat(sources.answer("a", request).newest())
                .isInstanceOfSatisfying(
                    SourceAnswer.Unavailable.class,
                    answer ->
                        assertThat(answer.reason()).isEqualTo(GitException.AUTHENTICATION_FAILED)));
    assertThat(sources.answer("a", request).toString()).doesNotContain("-token");
    secrets.put(new ObjectKey("team", "git"), Map.of("bearerToken", "new-token"));
    awaitNewest("a", request, new SourceAnswer.Found("v1", first));
  }

  @Test
  void tellsNobodyWhatAnothersCredentialsShowed() {
    repository.requireBearer("s3cret");
    secrets.put(new ObjectKey("team", "git"), Map.of("bearerToken", "s3cret"));
    secrets.put(new ObjectKey("other", "git"), Map.of("bearerToken", "guessed"));
    var may = request("team", repository.url(), V1, "git", HOUR);
    var guesses = request("other", repository.url(), V1, "git", HOUR);
    var anonymous = request("other", repository.url(), V1, null, HOUR);
    sources.want("a", List.of(new Wanted(may, null)));
    awaitNewest("a", may, new SourceAnswer.Found("v1", first));
    sources.want("b", List.of(new Wanted(guesses, null), new Wanted(anonymous, null)));
    for (var request : List.of(guesses, anonymous)) {
      await().until(() -> sources.answer("b", request).newest() != null);
      assertThat(sources.answer("b", request).newest())
          .isInstanceOf(SourceAnswer.Unavailable.class);
      assertThat(sources.answer("b", request).lastGood()).isNull();
    }
  }

  @Test
  void isHeldUpByNobodyWhoHangs() throws Exception {
    var held = new CopyOnWriteArrayList<Socket>();
    try (var silent = new ServerSocket(0, 500, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              while (!silent.isClosed()) {
                held.add(silent.accept());
              }
            } catch (IOException e) {
              // closed
            }
          });
      var hanging =
          IntStream.range(0, 200)
              .mapToObj(i ->
                  new Wanted(
                      request(
                          "team",
                          "http://127.0.0.1:%d/%d.git".formatted(silent.getLocalPort(), i),
                          V1,
                          null,
                          SECOND),
                      null))
              .toList();
      sources.want("hangs", hanging);
      await().until(() -> held.size() >= 4);
      var request = request(V1, HOUR);
      sources.want("a", List.of(new Wanted(request, null)));
      awaitNewest("a", request, new SourceAnswer.Found("v1", first));
      // No more than a host has at once.
      assertThat(held).hasSizeLessThanOrEqualTo(4);
      await()
          .atMost(Duration.ofSeconds(15))
          .untilAsserted(() ->
              assertThat(hanging)
                  .anySatisfy(wanted ->
                      assertThat(sources.answer("hangs", wanted.request()).newest())
                          .isInstanceOfSatisfying(
                              SourceAnswer.Unavailable.class,
                              answer ->
                                  assertThat(answer.reason()).isEqualTo(GitException.TIMED_OUT))));
      sources.want("hangs", List.of());
      assertThat(sources.answer("hangs", hanging.getFirst().request())).isEqualTo(Known.NOTHING);
    } finally {
      for (var socket : held) {
        socket.close();
      }
    }
  }

  @Test
  void saysThatItCannotAskSomeKinds() {
    var request =
        new SourceRequest(
            "team", SourceRequest.Kind.OCI, "oci://r/a", V1, null, null, null, false, HOUR);
    sources.want("a", List.of(new Wanted(request, null)));
    await()
        .untilAsserted(() ->
            assertThat(sources.answer("a", request).newest())
                .isInstanceOfSatisfying(
                    SourceAnswer.Unavailable.class,
                    answer -> assertThat(answer.reason()).isEqualTo(SourceAnswer.NOT_ASKED)));
  }

  @Test
  void asksNothingOnceClosed() {
    sources.want("a", List.of(new Wanted(request(V1, SECOND), null)));
    awaitAsks(1);
    sources.close();
    sources.want("b", List.of(new Wanted(request(V1, SECOND), null)));
    sources.askNow("a");
    var asks = repository.requests().infoRefs();
    await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(4))
        .until(() -> repository.requests().infoRefs() == asks);
  }

  private SourceRequest request(WantedVersion version, Duration interval) {
    return request("team", repository.url(), version, null, interval);
  }

  private static SourceRequest request(
      String namespace,
      String url,
      WantedVersion version,
      @Nullable String secret,
      Duration interval) {
    return new SourceRequest(
        namespace, SourceRequest.Kind.GIT, url, version, secret, null, null, false, interval);
  }

  private void awaitNewest(String user, SourceRequest request, SourceAnswer answer) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(sources.answer(user, request).newest()).isEqualTo(answer));
  }

  private void awaitAsks(int atLeast) {
    await().atMost(Duration.ofSeconds(20)).until(() -> repository.requests().infoRefs() >= atLeast);
  }
}
