package dev.tranche.benchmarks;

import com.sun.management.ThreadMXBean;
import dev.tranche.controlplane.source.SourceRequest;
import dev.tranche.controlplane.source.Sources;
import dev.tranche.controlplane.source.Wanted;
import dev.tranche.controlplane.source.WantedVersion;
import dev.tranche.testbed.git.GitRepo;
import dev.tranche.testbed.git.GitServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;

/**
 * What it costs to know what a version range is, and how often a git server is asked. Needs no hub.
 */
final class SourceQuestions {
  private static final int TAGS = 10_000;
  private static final int USERS = 1_000;
  private static final int WARM_UP = 5;
  private static final double LIMIT = 1.5;
  private static final double ASKS_LIMIT = 1.2;
  private static final Duration INTERVAL = Duration.ofSeconds(5);
  private static final int INTERVALS = 6;
  private static final int AT_FIRST = 5;
  private static final WantedVersion RANGE = new WantedVersion.Range(">=1.0.0 <2.0.0");

  private final int rounds;
  private final Path directory;
  private final Consumer<String> progress;

  SourceQuestions(int rounds, Path output, Consumer<String> progress) {
    this.rounds = rounds;
    this.directory = output.resolve("git");
    this.progress = progress;
  }

  /** What one question cost, the server's part included. */
  private record Cost(double millis, double megabytes) {}

  private record Round(Cost ours, Cost bare) {}

  List<Row> measure() {
    progress.accept("sources");
    try {
      Files.createDirectories(directory);
      try (var server = GitServer.start(Files.createTempDirectory(directory, "sources"))) {
        var rows = new ArrayList<Row>();
        rows.addAll(resolving(repository(server, "many-tags", TAGS)));
        rows.addAll(asking(repository(server, "one-tag", 1)));
        return rows;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static GitRepo repository(GitServer server, String name, int tags) {
    var repository = server.createRepository(name);
    var commit = repository.commit(Map.of("a.yaml", "a: 1\n"), "First");
    repository.tags(IntStream.range(0, tags).mapToObj("v1.%d.0"::formatted).toList(), commit);
    return repository;
  }

  private List<Row> resolving(GitRepo repository) {
    var counted = new ArrayList<Round>();
    for (int i = -WARM_UP; i < rounds; i++) {
      var round = new Round(cost(() -> resolve(repository)), cost(() -> list(repository)));
      if (i >= 0) {
        counted.add(round);
      }
    }
    var time = ratios(counted, Cost::millis);
    var allocated = ratios(counted, Cost::megabytes);
    var name = "a range of %d tags: ".formatted(TAGS);
    return List.of(
        Row.told(
            name + "time",
            median(time),
            " × bare JGit",
            detail(time) + ", of it 50 ms in which others may join"),
        Row.limited(
            name + "allocated",
            median(allocated),
            " × bare JGit",
            LIMIT,
            "%s; %.1f MB with the server's part"
                .formatted(detail(allocated), counted.getLast().ours().megabytes())));
  }

  private static double[] ratios(List<Round> rounds, ToDoubleFunction<Cost> part) {
    return rounds.stream()
        .mapToDouble(r -> part.applyAsDouble(r.ours()) / part.applyAsDouble(r.bare()))
        .sorted()
        .toArray();
  }

  private static double median(double[] sorted) {
    return sorted[sorted.length / 2];
  }

  private static String detail(double[] sorted) {
    return "median of %d rounds, %.2f to %.2f"
        .formatted(sorted.length, sorted[0], sorted[sorted.length - 1]);
  }

  private static void resolve(GitRepo repository) {
    var request = request(repository, RANGE, Duration.ofHours(1));
    var answered = new CountDownLatch(1);
    try (var sources =
        new Sources(_ -> Optional.empty(), Clock.systemUTC(), _ -> answered.countDown())) {
      sources.want("bench", List.of(new Wanted(request, null)));
      if (!answered.await(1, TimeUnit.MINUTES)
          || sources.answer("bench", request).lastGood() == null) {
        throw new BenchmarkException("the range was not resolved");
      }
    } catch (InterruptedException e) {
      throw new BenchmarkException("interrupted", e);
    }
  }

  private static void list(GitRepo repository) {
    try {
      var tags = Git.lsRemoteRepository().setRemote(repository.url()).setTags(true).callAsMap();
      if (tags.size() != TAGS) {
        throw new BenchmarkException("not all tags were listed");
      }
    } catch (GitAPIException e) {
      throw new BenchmarkException("the tags were not listed", e);
    }
  }

  private List<Row> asking(GitRepo repository) {
    var all = new CountDownLatch(USERS);
    try (var sources =
        new Sources(_ -> Optional.empty(), Clock.systemUTC(), _ -> all.countDown())) {
      var request = request(repository, new WantedVersion.Tag("v1.0.0"), INTERVAL);
      for (int i = 0; i < USERS; i++) {
        sources.want("bench-" + i, List.of(new Wanted(request, null)));
      }
      if (!all.await(1, TimeUnit.MINUTES)) {
        throw new BenchmarkException("not everybody was told");
      }
      int atFirst = repository.requests().infoRefs();
      Thread.sleep(INTERVAL.multipliedBy(INTERVALS));
      double later = repository.requests().infoRefs() - atFirst;
      var name = "%d modules on one repository: asks ".formatted(USERS);
      return List.of(
          Row.limited(name + "at first", atFirst, "", AT_FIRST, "all declared at one moment"),
          Row.limited(
              name + "per interval",
              later / INTERVALS,
              "",
              ASKS_LIMIT,
              "%.0f in %d intervals".formatted(later, INTERVALS)));
    } catch (InterruptedException e) {
      throw new BenchmarkException("interrupted", e);
    }
  }

  private static SourceRequest request(
      GitRepo repository, WantedVersion version, Duration interval) {
    return new SourceRequest(
        "bench",
        SourceRequest.Kind.GIT,
        repository.url(),
        version,
        null,
        null,
        null,
        false,
        interval);
  }

  private static Cost cost(Runnable work) {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    var bytes = threads.getTotalThreadAllocatedBytes();
    var begun = System.nanoTime();
    work.run();
    var took = System.nanoTime() - begun;
    return new Cost(took / 1e6, (threads.getTotalThreadAllocatedBytes() - bytes) / 1e6);
  }
}
