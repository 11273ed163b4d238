package dev.tranche.controlplane.source;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.git.GitException;
import dev.tranche.controlplane.git.GitTransports;
import dev.tranche.testbed.git.GitRepo;
import dev.tranche.testbed.git.GitRequests;
import dev.tranche.testbed.git.GitServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tags and ranges are at a real git server. */
final class GitUpstreamTest {
  @TempDir private Path folder;
  private final Map<ObjectKey, Map<String, String>> secrets = new ConcurrentHashMap<>();
  private final GitTransports transports = new GitTransports();
  private final GitUpstream upstream =
      new GitUpstream(
          transports, key -> Optional.ofNullable(secrets.get(key)), Duration.ofSeconds(20));
  private GitServer server;
  private GitRepo repository;
  private String first;
  private String second;

  @BeforeEach
  void startServer() {
    server = GitServer.start(folder);
    repository = server.createRepository("platform/ingress");
    first = repository.commit(Map.of("a.yaml", "a: 1\n"), "First");
    second = repository.commit(Map.of("a.yaml", "a: 2\n"), "Second");
  }

  @AfterEach
  void close() {
    transports.close();
    server.close();
  }

  @Test
  void findsTagsOfBothKinds() throws Exception {
    repository.tag("light", first);
    repository.annotatedTag("annotated", first, "Good");
    assertThat(tag("light")).isEqualTo(found("light", first));
    assertThat(tag("annotated")).isEqualTo(found("annotated", first));
  }

  @Test
  void seesThatATagHasMovedOrGone() throws Exception {
    repository.annotatedTag("v1", first, "Good");
    assertThat(tag("v1")).isEqualTo(found("v1", first));
    repository.moveTag("v1", second);
    assertThat(tag("v1")).isEqualTo(found("v1", second));
    repository.deleteTag("v1");
    assertThat(tag("v1"))
        .isEqualTo(
            new SourceAnswer.NotFound(
                SourceAnswer.TAG_NOT_FOUND, repository.url() + " has no tag v1"));
  }

  @Test
  void aForcePushMovesNoTag() throws Exception {
    repository.tag("v1", second);
    repository.branch("main", first);
    assertThat(tag("v1")).isEqualTo(found("v1", second));
  }

  @Test
  void takesNoBranchForATag() throws Exception {
    repository.branch("v1", first);
    assertThat(tag("v1")).isInstanceOf(SourceAnswer.NotFound.class);
    repository.tag("v1", second);
    assertThat(tag("v1")).isEqualTo(found("v1", second));
    assertThat(tag("main")).isInstanceOf(SourceAnswer.NotFound.class);
  }

  @Test
  void takesNamesWithRefsInThem() throws Exception {
    repository.tag("v1", first);
    repository.tag("refs/heads/main", second);
    repository.tag("refs/tags/odd", second);
    assertThat(tag("refs/tags/v1")).isEqualTo(found("v1", first));
    assertThat(tag("refs/heads/main")).isEqualTo(found("refs/heads/main", second));
    assertThat(tag("refs/tags/odd")).isEqualTo(found("refs/tags/odd", second));
    // Where both are there, it is the one that git itself takes.
    repository.moveTag("odd", first);
    assertThat(tag("refs/tags/odd")).isEqualTo(found("odd", first));
    assertThat(tag("odd")).isEqualTo(found("odd", first));
    assertThat(tag("heads/main")).isInstanceOf(SourceAnswer.NotFound.class);
    for (var none : Set.of("", "*", "v1*", "v1^{}", "a..b", "a b", "refs/tags/", "v1:main")) {
      assertThat(tag(none))
          .as(none)
          .isInstanceOfSatisfying(
              SourceAnswer.NotFound.class,
              answer -> assertThat(answer.reason()).isEqualTo(SourceAnswer.TAG_NOT_FOUND));
    }
  }

  @Test
  void findsNoTagByItsBeginning() throws Exception {
    repository.tag("v1.0.0", first);
    repository.tag("v1/sub", first);
    assertThat(tag("v1")).isInstanceOf(SourceAnswer.NotFound.class);
  }

  @Test
  void findsTheHighestInARange() throws Exception {
    for (var name :
        Set.of("v1.0.0", "v1.2.0", "1.10.0", "v2.0.0-rc.1", "latest", "v3", "x/9.9.9")) {
      repository.tag(name, first);
    }
    repository.annotatedTag("v1.9.0", second, "Good");
    assertThat(range("1.x")).isEqualTo(found("1.10.0", first));
    assertThat(range("<1.10.0")).isEqualTo(found("v1.9.0", second));
    assertThat(range("*")).isEqualTo(found("1.10.0", first));
    assertThat(range(">=1.0.0-0")).isEqualTo(found("v2.0.0-rc.1", first));
    assertThat(range("^4"))
        .isEqualTo(
            new SourceAnswer.NotFound(
                SourceAnswer.NO_MATCHING_TAG, repository.url() + " has no tag in the range '^4'"));
    assertThat(range("latest"))
        .isEqualTo(
            new SourceAnswer.NotFound(
                SourceAnswer.INVALID_RANGE, "the range 'latest' is not understood at 'latest'"));
  }

  @Test
  void takesAlwaysTheSameOfEquals() throws Exception {
    repository.tag("1.0.0", first);
    repository.tag("v1.0.0", second);
    repository.tag("1.0.0+build", first);
    assertThat(range("1.0.0")).isEqualTo(found("v1.0.0", second));
  }

  @Test
  void asksOnceForAll() throws Exception {
    repository.tag("v1.0.0", first);
    repository.tag("v2.0.0", second);
    var before = repository.requests();
    var versions =
        Stream.concat(
                IntStream.range(0, 100)
                    .<WantedVersion>mapToObj(i -> new WantedVersion.Tag("t" + i)),
                Stream.of(new WantedVersion.Tag("v1.0.0"), new WantedVersion.Range(">=1")))
            .collect(toSet());
    var answers = upstream.ask(anonymous(), versions);
    assertThat(answers)
        .hasSize(102)
        .containsEntry(new WantedVersion.Tag("v1.0.0"), found("v1.0.0", first))
        .containsEntry(new WantedVersion.Range(">=1"), found("v2.0.0", second));
    assertThat(repository.requests())
        .isEqualTo(new GitRequests(before.infoRefs() + 1, before.uploads() + 1, 0));
  }

  @Test
  void readsNothingOfAHugeRepositoryButWhatItAsksFor() throws Exception {
    for (int i = 0; i < 8; i++) {
      // Contents that do not shrink into each other.
      var big = new Random(i).ints(1 << 16).boxed().toList().toString();
      repository.commit(Map.of("big-" + i, big), "Big");
    }
    IntStream.range(0, 2_000).forEach(i -> repository.branch("feature/" + i, first));
    repository.tags(IntStream.range(0, 10_000).mapToObj("v1.%d.0"::formatted).toList(), second);
    var before = repository.bytesServed();
    assertThat(range("1.x")).isEqualTo(found("v1.9999.0", second));
    var ofAllTags = repository.bytesServed() - before;
    // A line a tag: the hash, the name and a few characters; and no branch.
    assertThat(ofAllTags).isBetween(10_000L * 50, 10_000L * 75);
    assertThat(tag("v1.77.0")).isEqualTo(found("v1.77.0", second));
    assertThat(repository.bytesServed() - before - ofAllTags).isLessThan(2_000);
  }

  @Test
  void readsSecretsAtEachQuestion() throws Exception {
    repository.tag("v1", first);
    repository.requireCredentials("reader", "old-password");
    var secret = new ObjectKey("team", "git");
    assertThat(ask("git", new WantedVersion.Tag("v1")))
        .isEqualTo(
            new SourceAnswer.Unavailable(
                SourceAnswer.SECRET_NOT_FOUND, "there is no Secret team/git"));
    secrets.put(secret, Map.of("username", "reader", "password", "old-password"));
    assertThat(ask("git", new WantedVersion.Tag("v1"))).isEqualTo(found("v1", first));
    repository.requireCredentials("reader", "new-password");
    assertThat(ask("git", new WantedVersion.Tag("v1")))
        .isInstanceOfSatisfying(
            SourceAnswer.Unavailable.class,
            answer -> {
              assertThat(answer.reason()).isEqualTo(GitException.AUTHENTICATION_FAILED);
              assertThat(answer.toString()).doesNotContain("password");
            });
    secrets.put(secret, Map.of("username", "reader", "password", "new-password"));
    assertThat(ask("git", new WantedVersion.Tag("v1"))).isEqualTo(found("v1", first));
  }

  @Test
  void tellsWhatIsSharedAndSaysNothingSecret() {
    var open = request("team", null).repository();
    assertThat(open).isEqualTo(request("other", null).repository());
    var closed = request("team", "git").repository();
    assertThat(closed).isEqualTo(request("team", "git").repository());
    assertThat(closed).isNotIn(open, request("other", "git").repository());
    assertThat(closed).isNotEqualTo(request("team", "git2").repository());
    assertThat(closed.toString()).doesNotContain("hunter2").contains("git.example.com:8443");
    assertThat(closed.host()).isEqualTo("git.example.com:8443");
  }

  private static SourceRequest request(String namespace, @Nullable String secret) {
    return new SourceRequest(
        namespace,
        SourceRequest.Kind.GIT,
        "https://me:hunter2@GIT.example.com:8443/a.git",
        new WantedVersion.Tag("v1"),
        secret,
        null,
        null,
        false,
        Duration.ofMinutes(1));
  }

  private Repository anonymous() {
    return new Repository(SourceRequest.Kind.GIT, repository.url(), null, null, null, null, false);
  }

  private SourceAnswer tag(String name) throws InterruptedException {
    return ask(null, new WantedVersion.Tag(name));
  }

  private SourceAnswer range(String semver) throws InterruptedException {
    return ask(null, new WantedVersion.Range(semver));
  }

  private SourceAnswer ask(@Nullable String secret, WantedVersion version)
      throws InterruptedException {
    var asked =
        secret == null
            ? anonymous()
            : new Repository(
                SourceRequest.Kind.GIT, repository.url(), "team", secret, null, null, false);
    var answers = upstream.ask(asked, Set.of(version));
    assertThat(answers).containsOnlyKeys(version);
    return Objects.requireNonNull(answers.get(version));
  }

  private static SourceAnswer found(String tag, String commit) {
    return new SourceAnswer.Found(tag, commit);
  }
}
