package dev.tranche.controlplane.marker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.controlplane.git.GitRemote;
import dev.tranche.controlplane.git.GitTransports;
import dev.tranche.controlplane.marker.CommitAnswer.Known;
import dev.tranche.controlplane.marker.CommitAnswer.Unavailable;
import dev.tranche.controlplane.marker.CommitAnswer.Unknown;
import dev.tranche.controlplane.marker.CommitAnswer.Unknown.Reason;
import dev.tranche.testbed.git.GitRepo;
import dev.tranche.testbed.git.GitServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GitHistoryTest {
  private static final HistoryBounds BOUNDS = bounds(10, 1L << 30, Duration.ZERO);

  @TempDir private Path folder;
  private final GitTransports transports = new GitTransports();
  private GitServer server;
  private GitRepo repository;
  private GitHistory history;

  @BeforeEach
  void start() {
    server = GitServer.start(folder.resolve("server"));
    repository = server.createRepository("platform/ingress");
    repository.allowFilters(true);
    history = new GitHistory(folder.resolve("cache"), transports, BOUNDS);
  }

  @AfterEach
  void end() {
    history.close();
    transports.close();
    server.close();
  }

  @Test
  void knowsWhatACommitIsPartOf() {
    var first = commit("deploy/a.yaml", "1");
    var second = commit("deploy/a.yaml", "2");
    var third = commit("deploy/a.yaml", "3");
    assertThat(ask(second, "deploy", first, second, third))
        .isEqualTo(
            new Known(second, "deploy", true, Set.of(first, second, third), Set.of(second, third)));
  }

  @Test
  void knowsNothingBeforeTheFirstCommit() {
    assertThat(ask("0123abcd", ".")).isInstanceOf(Unknown.class);
  }

  @Test
  void forgetsWhatAForcePushDropped() {
    var first = commit("a.yaml", "1");
    var dropped = commit("a.yaml", "2");
    assertThat(ask(dropped, ".", dropped)).isInstanceOf(Known.class);
    repository.branch("main", first);
    var other = commit("a.yaml", "3");
    assertThat(reason(ask(dropped, "."))).isEqualTo(Reason.NO_SUCH_COMMIT);
    assertThat(ask(first, ".", dropped, other))
        .isEqualTo(new Known(first, "", true, Set.of(other), Set.of(other)));
  }

  @Test
  void aTagKeepsACommitThatABranchDropped() {
    var first = commit("a.yaml", "1");
    var tagged = commit("a.yaml", "2");
    repository.annotatedTag("v2", tagged, "Two");
    repository.branch("main", first);
    assertThat(ask(tagged, ".")).isInstanceOf(Known.class);
    repository.deleteTag("v2");
    assertThat(reason(ask(tagged, "."))).isEqualTo(Reason.NO_SUCH_COMMIT);
  }

  @Test
  void ourOwnMarkersKeepNothing() {
    var first = commit("a.yaml", "1");
    var dropped = commit("a.yaml", "2");
    repository.annotatedTag("tranche/fleet/ingress", dropped, "Marker");
    assertThat(ask(dropped, ".")).isInstanceOf(Known.class);
    repository.branch("main", first);
    assertThat(reason(ask(dropped, "."))).isEqualTo(Reason.NO_SUCH_COMMIT);
  }

  @Test
  void tellsBranchesApart() {
    var base = commit("a.yaml", "1");
    repository.branch("other", base);
    var other = repository.commit("other", Map.of("a.yaml", "other"), "Other");
    var main = commit("a.yaml", "2");
    assertThat(ask(other, ".", main, base))
        .isEqualTo(new Known(other, "", true, Set.of(main, base), Set.of()));
  }

  @Test
  void aMergeHasBothSidesAndTouchesWhatItBrings() {
    var base = repository.commit(Map.of("deploy/a.yaml", "1", "docs/a.md", "1"), "Base");
    repository.branch("other", base);
    var other = repository.commit("other", Map.of("deploy/b.yaml", "1"), "Other");
    var main = commit("docs/a.md", "2");
    var merge = repository.merge("main", "other", "Merge");
    assertThat(containing(ask(other, ".", merge, main))).containsExactly(merge);
    assertThat(containing(ask(main, ".", merge, other))).containsExactly(merge);
    assertThat(touches(merge, "deploy")).isTrue();
    assertThat(touches(merge, "docs")).isFalse();
  }

  @Test
  void knowsWhichPathsACommitTouches() {
    var first = repository.commit(Map.of("deploy/a.yaml", "1", "docs/a.md", "1"), "First");
    var docs = commit("docs/a.md", "2");
    var removal = repository.remove(Set.of("deploy/a.yaml"), "Removal");
    assertThat(touches(first, "./deploy/")).isTrue();
    assertThat(touches(first, "charts")).isFalse();
    assertThat(touches(docs, "deploy")).isFalse();
    assertThat(touches(docs, "deploy/a.yaml")).isFalse();
    assertThat(touches(docs, "docs/a.md")).isTrue();
    assertThat(touches(docs, ".")).isTrue();
    assertThat(touches(removal, "deploy")).isTrue();
    assertThat(touches(removal, "../deploy")).isFalse();
  }

  @Test
  void takesAbbreviationsOfOneCommitOnly() {
    var byPrefix = new HashMap<String, String>();
    var shared = commit("a.yaml", "");
    var twin = byPrefix.put(shared.substring(0, 4), shared);
    for (int i = 0; twin == null; i++) {
      shared = commit("a.yaml", "" + i);
      twin = byPrefix.put(shared.substring(0, 4), shared);
    }
    assertThat(reason(ask(shared.substring(0, 4), "."))).isEqualTo(Reason.AMBIGUOUS);
    int digits = 5;
    while (shared.startsWith(twin.substring(0, digits))) {
      digits++;
    }
    assertThat(((Known) ask(shared.substring(0, digits), ".")).commit()).isEqualTo(shared);
    assertThat(((Known) ask(twin.toUpperCase(Locale.ROOT), ".")).commit()).isEqualTo(twin);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "abc",
        "main",
        "v1.4.0",
        "HEAD~1",
        "00000000000000000000000000000000000000001"
      })
  void asksNothingAboutWhatIsNoCommit(String commit) {
    assertThat(reason(ask(commit, "."))).isEqualTo(Reason.NOT_A_COMMIT);
    assertThat(repository.requests().infoRefs()).isZero();
  }

  @Test
  void revisionsThatAreNoCommitsAreUnknownToTheRepository() {
    var commit = commit("a.yaml", "1");
    assertThat(ask(commit, ".", "main", "f".repeat(40), "e".repeat(64)))
        .isEqualTo(new Known(commit, "", true, Set.of(), Set.of()));
  }

  @Test
  void fetchesNothingWhereNothingIsNew() {
    var first = commit("a.yaml", "1");
    var second = commit("a.yaml", "2");
    ask(first, ".", second);
    assertThat(repository.transfers().packs()).isEqualTo(1);
    ask(first, ".", second);
    ask("0123abcd", ".", second);
    ask(second.substring(0, 7), "deploy");
    repository.tag("v1");
    ask(first, ".");
    assertThat(repository.transfers().packs()).isEqualTo(1);
  }

  @Test
  void fetchesOnlyWhatIsNewAndOnlyWhereItMatters() {
    var first = commit("a.yaml", "1");
    var second = commit("a.yaml", "2");
    repository.tag("v2");
    ask(first, ".", second);
    var third = commit("a.yaml", "3");
    assertThat(containing(ask(first, ".", second))).containsExactly(second);
    assertThat(repository.transfers().packs()).isEqualTo(1);
    assertThat(containing(ask(first, ".", third))).containsExactly(third);
    assertThat(repository.transfers().packs()).isEqualTo(2);
    assertThat(repository.transfers().commits()).isEqualTo(3);
  }

  @Test
  void fetchesNoFiles() {
    var random = new Random(1);
    var large = new byte[200_000];
    var files = new HashMap<String, String>();
    for (int i = 0; i < 10; i++) {
      random.nextBytes(large);
      files.put("deploy/" + i + ".bin", HexFormat.of().formatHex(large));
    }
    var first = repository.commit(files, "Large files");
    var second = commit("deploy/a.yaml", "1");
    assertThat(containing(ask(first, "deploy", second))).containsExactly(second);
    assertThat(repository.transfers().blobs()).isZero();
    assertThat(repository.transfers().bytes()).isLessThan(10_000);
  }

  @Test
  void makesDoWithServersThatSendFilesToo() {
    repository.allowFilters(false);
    var first = commit("deploy/a.yaml", "1");
    var second = commit("deploy/a.yaml", "2");
    assertThat(containing(ask(first, "deploy", second))).containsExactly(second);
    assertThat(repository.transfers().blobs()).isEqualTo(2);
    var third = commit("deploy/a.yaml", "3");
    assertThat(containing(ask(first, "deploy", third))).containsExactly(third);
    assertThat(repository.transfers().blobs()).isEqualTo(3);
  }

  @Test
  void saysThatARepositoryIsGoneAndComesBack() {
    var commit = commit("a.yaml", "1");
    assertThat(ask(commit, ".")).isInstanceOf(Known.class);
    repository.unavailable(true);
    assertThat(ask(commit, ".")).isInstanceOf(Unavailable.class);
    repository.unavailable(false);
    assertThat(ask(commit, ".")).isInstanceOf(Known.class);
    assertThat(repository.transfers().packs()).isEqualTo(1);
  }

  @Test
  void doesNotAnswerOneNamespaceWithTheCredentialsOfAnother() {
    var commit = commit("a.yaml", "1");
    repository.requireCredentials("reader", "secret");
    var ours = new MirrorKey(repository.url(), "ours", "git", null);
    var theirs = new MirrorKey(repository.url(), "theirs", "git", null);
    var question = new CommitQuestion(commit, ".", Set.of());
    var admitted = remote(Map.of("username", "reader", "password", "secret"));
    var refused = remote(Map.of("username", "reader", "password", "wrong"));
    var lasting = bounds(10, 1L << 30, Duration.ofHours(1));
    try (var remembering = new GitHistory(folder.resolve("other"), transports, lasting)) {
      assertThat(remembering.ask(ours, admitted, question)).isInstanceOf(Known.class);
      assertThat(remembering.ask(theirs, refused, question))
          .isInstanceOfSatisfying(
              Unavailable.class,
              unavailable ->
                  assertThat(unavailable.toString())
                      .contains("AuthenticationFailed")
                      .doesNotContain("wrong"));
    }
  }

  @Test
  void asksOnceForManyWhoAskAtOnce() throws Exception {
    var commit = commit("a.yaml", "1");
    var lasting = bounds(10, 1L << 30, Duration.ofHours(1));
    try (var sharing = new GitHistory(folder.resolve("other"), transports, lasting);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var question = new CommitQuestion(commit, ".", Set.of());
      var questions = new ArrayList<Callable<CommitAnswer>>();
      IntStream.range(0, 100)
          .forEach(i -> questions.add(() -> sharing.ask(key(), remote(Map.of()), question)));
      for (var answer : threads.invokeAll(questions)) {
        assertThat(answer.get()).isInstanceOf(Known.class);
      }
    }
    assertThat(repository.requests().infoRefs()).isEqualTo(2);
    assertThat(repository.transfers().packs()).isEqualTo(1);
  }

  @Test
  void keepsFewCopiesAndRemovesThemAtTheEnd() throws IOException {
    var few = bounds(2, 1L << 30, Duration.ZERO);
    var cache = folder.resolve("few");
    try (var small = new GitHistory(cache, transports, few)) {
      for (int i = 0; i < 5; i++) {
        var other = server.createRepository("other" + i);
        var commit = other.commit(Map.of("a.yaml", "1"), "First");
        var key = new MirrorKey(other.url(), null, null, null);
        var remote = new GitRemote(other.url(), Map.of(), Map.of());
        assertThat(small.ask(key, remote, new CommitQuestion(commit, ".", Set.of())))
            .isInstanceOf(Known.class);
        assertThat(entries(cache)).hasSizeLessThanOrEqualTo(2);
      }
    }
    assertThat(cache).doesNotExist();
  }

  @Test
  void refusesHistoriesThatAreTooLarge() throws IOException {
    var tiny = bounds(10, 20_000, Duration.ZERO);
    for (int i = 0; i < 3000; i++) {
      commit("deploy/a.yaml", "" + i);
    }
    var cache = folder.resolve("tiny");
    try (var small = new GitHistory(cache, transports, tiny)) {
      var question = new CommitQuestion(repository.head(), ".", Set.of());
      assertThat(small.ask(key(), remote(Map.of()), question))
          .isInstanceOfSatisfying(
              Unavailable.class,
              answer -> assertThat(answer.reason()).isEqualTo("HistoryTooLarge"));
    }
    assertThat(cache).doesNotExist();
  }

  @Test
  void beginsAnewWhereACopyIsDamaged() throws IOException {
    var commit = commit("a.yaml", "1");
    assertThat(ask(commit, ".")).isInstanceOf(Known.class);
    try (var files = Files.walk(folder.resolve("cache"))) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
    var next = commit("a.yaml", "2");
    ask(next, ".");
    assertThat(containing(ask(commit, ".", next))).containsExactly(next);
  }

  @Test
  void removesWhatAnEarlierProcessLeft() throws IOException {
    var cache = folder.resolve("left");
    Files.createDirectories(cache.resolve("a".repeat(64)).resolve("objects"));
    Files.createDirectories(cache.resolve("somebody-elses"));
    new GitHistory(cache, transports, BOUNDS).close();
    assertThat(entries(cache)).containsExactly(cache.resolve("somebody-elses"));
  }

  private static HistoryBounds bounds(int repositories, long bytes, Duration fresh) {
    var minute = Duration.ofMinutes(1);
    return new HistoryBounds(repositories, bytes, 50, fresh, minute, minute, minute);
  }

  private String commit(String file, String content) {
    return repository.commit(Map.of(file, content + "\n"), file + " " + content);
  }

  private CommitAnswer ask(String commit, String path, String... revisions) {
    var question = new CommitQuestion(commit, path, Set.of(revisions));
    return history.ask(key(), remote(Map.of()), question);
  }

  private MirrorKey key() {
    return new MirrorKey(repository.url(), null, null, null);
  }

  private GitRemote remote(Map<String, String> secret) {
    return new GitRemote(repository.url(), secret, Map.of());
  }

  private boolean touches(String commit, String path) {
    return ((Known) ask(commit, path)).touchesPath();
  }

  private static Set<String> containing(CommitAnswer answer) {
    return ((Known) answer).containing();
  }

  private static Reason reason(CommitAnswer answer) {
    return ((Unknown) answer).reason();
  }

  private static List<Path> entries(Path folder) throws IOException {
    try (var entries = Files.list(folder)) {
      return entries.toList();
    }
  }
}
