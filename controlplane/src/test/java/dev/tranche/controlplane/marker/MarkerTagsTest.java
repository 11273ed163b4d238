package dev.tranche.controlplane.marker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.controlplane.git.GitRemote;
import dev.tranche.controlplane.git.GitTransports;
import dev.tranche.controlplane.marker.MarkerMove.AlreadyThere;
import dev.tranche.controlplane.marker.MarkerMove.Moved;
import dev.tranche.controlplane.marker.MarkerMove.MovedByOther;
import dev.tranche.controlplane.marker.MarkerMove.PushRefused;
import dev.tranche.controlplane.marker.MarkerMove.Unavailable;
import dev.tranche.testbed.git.GitRepo;
import dev.tranche.testbed.git.GitServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MarkerTagsTest {
  private static final MarkerName NAME = new MarkerName("fleet", "ingress");
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-03-04T05:06:07Z"), ZoneOffset.UTC);

  @TempDir private Path folder;
  private final GitTransports transports = new GitTransports();
  private final MarkerTags tags = new MarkerTags(transports, CLOCK);
  private GitServer server;
  private GitRepo repository;
  private String first;
  private String second;
  private String third;

  @BeforeEach
  void start() {
    server = GitServer.start(folder.resolve("server"));
    repository = server.createRepository("platform/ingress");
    first = repository.commit(Map.of("deploy/a.yaml", "1\n"), "First");
    second = repository.commit(Map.of("deploy/a.yaml", "2\n"), "Second");
    third = repository.commit(Map.of("deploy/a.yaml", "3\n"), "Third");
  }

  @AfterEach
  void end() {
    transports.close();
    server.close();
  }

  @Test
  void isMadeMovedAndRemoved() {
    assertThat(tags.read(remote(), NAME)).isEqualTo(new MarkerReading.Absent());
    assertThat(tags.move(remote(), NAME, null, first)).isEqualTo(new Moved());
    assertThat(repository.tagged(NAME.tag())).contains(first);
    assertThat(tags.move(remote(), NAME, first, third)).isEqualTo(new Moved());
    assertThat(repository.tagged(NAME.tag())).contains(third);
    assertThat(tags.read(remote(), NAME))
        .isInstanceOfSatisfying(
            MarkerReading.Found.class,
            found -> {
              assertThat(found.commit()).isEqualTo(third);
              assertThat(found.object()).isNotEqualTo(third);
            });
    assertThat(tags.remove(remote(), NAME, third)).isEqualTo(new Moved());
    assertThat(repository.tagged(NAME.tag())).isEmpty();
    assertThat(tags.remove(remote(), NAME, third)).isEqualTo(new AlreadyThere());
  }

  @Test
  void isReadableByGit() throws Exception {
    tags.move(remote(), NAME, null, second);
    git("clone", "--quiet", "--bare", repository.url(), "clone.git");
    var clone = "--git-dir=clone.git";
    assertThat(git(clone, "cat-file", "tag", NAME.tag()))
        .isEqualTo(
            """
            object %1$s
            type commit
            tag tranche/fleet/ingress
            tagger tranche <> 1772600767 +0000

            fleet/ingress is applied everywhere at %1$s

            Tranche moves this tag when a rollout completes.
            """
                .formatted(second));
    assertThat(git(clone, "fsck", "--strict", "--full")).isEmpty();
    var inServer = "--git-dir=" + folder.resolve("server/platform/ingress.git");
    assertThat(git(inServer, "fsck", "--strict", "--full", "--no-dangling")).isEmpty();
  }

  @Test
  void sendsTheTagAlone() throws Exception {
    var inServer = "--git-dir=" + folder.resolve("server/platform/ingress.git");
    var before = objects(inServer);
    for (var commit : List.of(third, second, first)) {
      var name = new MarkerName("fleet", "module-" + commit.substring(0, 8));
      assertThat(tags.move(remote(), name, null, commit)).isEqualTo(new Moved());
    }
    var after = new ArrayList<>(objects(inServer));
    after.removeAll(before);
    assertThat(after).hasSize(3).allMatch(object -> object.endsWith(" tag"));
    assertThat(repository.transfers().packs()).isZero();
  }

  @Test
  void writesNothingWhereItIsThereAlready() {
    tags.move(remote(), NAME, null, first);
    var receives = repository.requests().receives();
    assertThat(tags.move(remote(), NAME, null, first)).isEqualTo(new AlreadyThere());
    assertThat(tags.move(remote(), NAME, second, first)).isEqualTo(new AlreadyThere());
    assertThat(repository.requests().receives()).isEqualTo(receives);
    assertThat(repository.pushed()).hasSize(1);
  }

  @Test
  void leavesAloneWhatOthersMoved() {
    tags.move(remote(), NAME, null, first);
    repository.moveTag(NAME.tag(), second);
    assertThat(tags.move(remote(), NAME, first, third)).isEqualTo(new MovedByOther(second));
    assertThat(tags.remove(remote(), NAME, first)).isEqualTo(new MovedByOther(second));
    assertThat(repository.tagged(NAME.tag())).contains(second);
    repository.deleteTag(NAME.tag());
    assertThat(tags.move(remote(), NAME, first, third)).isEqualTo(new MovedByOther(null));
    assertThat(repository.tagged(NAME.tag())).isEmpty();
    repository.tag(NAME.tag(), second);
    assertThat(tags.move(remote(), NAME, null, third)).isEqualTo(new MovedByOther(second));
    assertThat(repository.pushed()).hasSize(1);
  }

  @Test
  void takesOverATagAtTheExpectedCommit() {
    repository.tag(NAME.tag(), first);
    assertThat(tags.move(remote(), NAME, first, second)).isEqualTo(new Moved());
    assertThat(repository.tagged(NAME.tag())).contains(second);
  }

  /** Somebody moves it after we have looked, and before our push arrives. */
  @Test
  void losesTheLeaseToWhoeverIsFaster() {
    tags.move(remote(), NAME, null, first);
    repository.beforeNextPush(() -> repository.moveTag(NAME.tag(), second));
    assertThat(tags.move(remote(), NAME, first, third)).isEqualTo(new MovedByOther(second));
    assertThat(repository.tagged(NAME.tag())).contains(second);
    repository.beforeNextPush(() -> repository.moveTag(NAME.tag(), first));
    assertThat(tags.remove(remote(), NAME, second)).isEqualTo(new MovedByOther(first));
    repository.beforeNextPush(() -> repository.moveTag(NAME.tag(), third));
    assertThat(tags.move(remote(), NAME, first, third)).isEqualTo(new AlreadyThere());
    repository.beforeNextPush(() -> repository.deleteTag(NAME.tag()));
    assertThat(tags.move(remote(), NAME, third, first)).isEqualTo(new MovedByOther(null));
    assertThat(repository.tagged(NAME.tag())).isEmpty();
    assertThat(repository.pushed()).hasSize(1);
  }

  @RepeatedTest(5)
  void isMovedOnceByManyAtOnceAndNeverBack() throws Exception {
    assertThat(tags.move(remote(), NAME, null, first)).isEqualTo(new Moved());
    var moves = new ArrayList<Callable<MarkerMove>>();
    var start = new CountDownLatch(1);
    for (var commit :
        Collections.nCopies(4, List.of(second, third)).stream().flatMap(List::stream).toList()) {
      var other = new MarkerTags(transports, CLOCK);
      moves.add(() -> {
        start.await();
        // A server that is pressed may close a connection; trying again is safe.
        MarkerMove result;
        do {
          result = other.move(remote(), NAME, first, commit);
        } while (result instanceof MarkerMove.Unavailable);
        return result;
      });
    }
    var results = new ArrayList<MarkerMove>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var futures = moves.stream().map(threads::submit).toList();
      start.countDown();
      for (var future : futures) {
        results.add(future.get());
      }
    }
    assertThat(repository.pushed()).hasSize(2);
    var there = repository.tagged(NAME.tag()).orElseThrow();
    assertThat(there).isNotEqualTo(first);
    assertThat(results).as("%s", results).filteredOn(Moved.class::isInstance).hasSize(1);
    assertThat(results).as("%s", results).filteredOn(AlreadyThere.class::isInstance).hasSize(3);
    assertThat(results).as("%s", results).filteredOn(new MovedByOther(there)::equals).hasSize(4);
  }

  @Test
  void saysWhichRightIsMissing() {
    repository.forbidPushes(true);
    assertThat(tags.move(remote(), NAME, null, first))
        .isInstanceOfSatisfying(
            PushRefused.class,
            refused ->
                assertThat(refused.message())
                    .contains(repository.url())
                    .contains("tranche/fleet/ingress")
                    .contains("create, move and delete"));
    assertThat(repository.tagged(NAME.tag())).isEmpty();
    repository.forbidPushes(false);
    assertThat(tags.move(remote(), NAME, null, first)).isEqualTo(new Moved());
  }

  @Test
  void passesOnWhatAHookSays() {
    repository.declinePushes("tags are protected here");
    assertThat(tags.move(remote(), NAME, null, first))
        .isInstanceOfSatisfying(
            PushRefused.class,
            refused -> assertThat(refused.message()).contains("tags are protected here"));
    assertThat(repository.tagged(NAME.tag())).isEmpty();
  }

  @Test
  void cannotMarkACommitThatTheRepositoryDoesNotHave() {
    var move = tags.move(remote(), NAME, null, "f".repeat(40));
    assertThat(move).isInstanceOfAny(PushRefused.class, Unavailable.class);
    assertThat(repository.tagged(NAME.tag())).isEmpty();
  }

  @Test
  void cannotBeNamedAsGitForbids() {
    assertThat(tags.move(remote(), new MarkerName("fleet", "a.lock"), null, first))
        .isInstanceOfSatisfying(
            PushRefused.class,
            refused -> assertThat(refused.message()).contains("tranche/fleet/a.lock"));
    assertThat(repository.requests().infoRefs()).isZero();
  }

  @Test
  void isNotMixedUpWithMarkersWhoseNamesBeginAlike() {
    tags.move(remote(), new MarkerName("fleet", "ingress-internal"), null, first);
    assertThat(tags.read(remote(), NAME)).isEqualTo(new MarkerReading.Absent());
  }

  @Test
  void saysThatARepositoryIsGoneAndComesBack() {
    repository.unavailable(true);
    assertThat(tags.read(remote(), NAME)).isInstanceOf(MarkerReading.Unavailable.class);
    assertThat(tags.move(remote(), NAME, null, first)).isInstanceOf(Unavailable.class);
    repository.unavailable(false);
    assertThat(tags.move(remote(), NAME, null, first)).isEqualTo(new Moved());
  }

  private GitRemote remote() {
    return new GitRemote(repository.url(), Map.of(), Map.of());
  }

  private List<String> objects(String repository) throws IOException, InterruptedException {
    return git(
            repository,
            "cat-file",
            "--batch-all-objects",
            "--batch-check=%(objectname) %(objecttype)")
        .lines()
        .toList();
  }

  private String git(String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    // Settings of the person who runs the tests must not decide how they end.
    builder
        .environment()
        .putAll(
            Map.of(
                "GIT_CONFIG_GLOBAL", "/dev/null",
                "GIT_CONFIG_NOSYSTEM", "1",
                "GIT_TERMINAL_PROMPT", "0",
                "LC_ALL", "C"));
    var process = builder.start();
    process.getOutputStream().close();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
