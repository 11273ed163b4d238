package dev.tranche.controlplane.source;

import static java.util.stream.Collectors.toMap;

import dev.tranche.controlplane.git.GitTransports;
import dev.tranche.controlplane.server.Secrets;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sources that somebody wants to know of. Each repository is asked once for all users and all
 * versions, at the shortest interval that is wanted, and in a thread of its own: one that hangs
 * delays none but itself. After a question without answer the next comes sooner, and ever later
 * while that goes on, but within twice the interval; the last good answer stays.
 */
public final class Sources implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Sources.class);
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  // Long enough for a crowd that comes at one moment to be asked for together.
  private static final Duration GATHERING = Duration.ofMillis(50);
  private static final Duration SHORTEST_GAP = Duration.ofSeconds(1);
  private static final long NEVER = Long.MAX_VALUE;

  private final Map<SourceRequest.Kind, Upstream> upstreams;
  private final Clock clock;
  private final Consumer<String> changed;
  private final AutoCloseable connections;
  private final Permits permits = new Permits();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final long origin = System.nanoTime();

  // Guards all that follows and what is in it.
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Map<SourceRequest, Wanted>> users = new HashMap<>();
  private final Map<Repository, Asking> repositories = new HashMap<>();

  /**
   * Asks nothing yet.
   *
   * @param clock what the answers are dated by
   * @param changed called with a user in a thread of this class when {@link #answer} has something
   *     else for that user; once more at most after nothing is wanted any more. Quick; must not
   *     block
   */
  public Sources(Secrets secrets, Clock clock, Consumer<String> changed) {
    this(new GitTransports(), secrets, clock, changed);
  }

  private Sources(
      GitTransports transports, Secrets secrets, Clock clock, Consumer<String> changed) {
    this(
        Map.of(
            SourceRequest.Kind.GIT,
            new GitUpstream(transports, secrets, DEADLINE),
            SourceRequest.Kind.OCI,
            new OciUpstream(secrets, DEADLINE)),
        transports,
        clock,
        changed);
  }

  /**
   * Asks nothing yet.
   *
   * @param connections what the upstreams ask with; closed at the end
   */
  Sources(
      Map<SourceRequest.Kind, Upstream> upstreams,
      AutoCloseable connections,
      Clock clock,
      Consumer<String> changed) {
    this.upstreams = Map.copyOf(upstreams);
    this.connections = connections;
    this.clock = clock;
    this.changed = changed;
  }

  /**
   * These are wanted by a user from now on, and no others. What was wanted before, or is by another
   * user, goes on undisturbed, and {@link #answer} has it at once. What nobody has an answer to is
   * asked at once; where an answer is recorded, some time within the interval.
   *
   * @param user the uid of a module
   * @param wanted empty where nothing is, or the user is gone
   */
  public void want(String user, Collection<Wanted> wanted) {
    var after = new LinkedHashMap<SourceRequest, Wanted>();
    wanted.forEach(each -> after.put(each.request(), each));
    lock.lock();
    try {
      if (!threads.isShutdown()) {
        replace(user, after);
      }
    } finally {
      lock.unlock();
    }
  }

  /** What is known of what a user wants; nothing where the user does not want it. */
  public Known answer(String user, SourceRequest request) {
    lock.lock();
    try {
      var asking = repositories.get(request.repository());
      return asking == null ? Known.NOTHING : asking.interest.known(user, request);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Asks all that a user wants, now: within a second, if it was asked in the last one. The user is
   * told when it is answered, be it as before.
   */
  public void askNow(String user) {
    lock.lock();
    try {
      for (var request : users.getOrDefault(user, Map.of()).keySet()) {
        var asking = repositories.get(request.repository());
        if (asking != null) {
          asking.waiting.add(user);
          asking.askWithin(Duration.ZERO);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Asks nothing any more. */
  @Override
  public void close() {
    lock.lock();
    try {
      users.clear();
      repositories.clear();
      threads.shutdownNow();
    } finally {
      lock.unlock();
    }
    try {
      connections.close();
    } catch (Exception e) {
      log.warn("connections not closed", e);
    }
  }

  private void replace(String user, Map<SourceRequest, Wanted> after) {
    var before = users.getOrDefault(user, Map.of());
    // Added first: what loses one claim and wins another goes on.
    after.forEach((request, wanted) -> claim(user, wanted, before.containsKey(request)));
    for (var request : before.keySet()) {
      if (!after.containsKey(request)) {
        release(user, request);
      }
    }
    if (after.isEmpty()) {
      users.remove(user);
    } else {
      users.put(user, Map.copyOf(after));
    }
  }

  private void claim(String user, Wanted wanted, boolean again) {
    var request = wanted.request();
    var asking = repositories.get(request.repository());
    var young = asking == null;
    if (asking == null) {
      asking = new Asking(request.repository());
      repositories.put(request.repository(), asking);
    }
    asking.interest.add(user, wanted);
    if (!again) {
      asking.wanted(wanted);
    }
    if (young) {
      asking.thread = threads.submit(asking::askAgainAndAgain);
    }
  }

  private void release(String user, SourceRequest request) {
    var asking = repositories.get(request.repository());
    if (asking != null) {
      asking.interest.remove(user, request);
      if (asking.interest.isEmpty()) {
        repositories.remove(request.repository());
        asking.end();
      }
    }
  }

  private long now() {
    return System.nanoTime() - origin;
  }

  private void tell(Set<String> users) {
    for (var user : users) {
      try {
        changed.accept(user);
      } catch (RuntimeException e) {
        log.atError().addKeyValue("user", user).setCause(e).log("answer not passed on");
      }
    }
  }

  /** One repository. All fields are guarded by the lock. */
  private final class Asking {
    private final Repository repository;
    private final Interest interest = new Interest();
    private final Condition sooner = lock.newCondition();
    private final Set<String> waiting = new HashSet<>();
    private Set<String> answered = Set.of();
    private @Nullable Future<?> thread;
    private long due = NEVER;
    private long lastBegun = -SHORTEST_GAP.toNanos();
    private int failures;

    Asking(Repository repository) {
      this.repository = repository;
    }

    void wanted(Wanted wanted) {
      var request = wanted.request();
      var random = ThreadLocalRandom.current().nextDouble();
      if (!interest.isUnanswered(request.version())) {
        if (failures == 0) {
          askAt(lastBegun + Period.next(request.interval(), 0, random).toNanos());
        }
      } else if (wanted.recorded() == null) {
        askWithin(GATHERING);
      } else {
        askAt(now() + Period.first(request.interval(), random).toNanos());
      }
    }

    void askWithin(Duration fromNow) {
      askAt(Math.max(now() + fromNow.toNanos(), lastBegun + SHORTEST_GAP.toNanos()));
    }

    void end() {
      if (thread != null) {
        thread.cancel(true);
      }
    }

    private void askAt(long at) {
      if (at < due) {
        due = at;
        sooner.signal();
      }
    }

    private void askAgainAndAgain() {
      try {
        while (true) {
          Set<String> others;
          try (var _ = permits.acquire(repository.host(), awaitDue())) {
            others = settled(ask(begun()));
          }
          tell(others);
        }
      } catch (InterruptedException e) {
        log.debug("no longer wanted");
      }
    }

    /** Waits, and says whether the last question had no answer. */
    private boolean awaitDue() throws InterruptedException {
      lock.lockInterruptibly();
      try {
        for (long left = due - now(); left > 0; left = due - now()) {
          sooner.awaitNanos(left);
        }
        return failures > 0;
      } finally {
        lock.unlock();
      }
    }

    private Set<WantedVersion> begun() {
      lock.lock();
      try {
        due = NEVER;
        lastBegun = now();
        answered = Set.copyOf(waiting);
        waiting.clear();
        return interest.versions();
      } finally {
        lock.unlock();
      }
    }

    private Map<WantedVersion, SourceAnswer> ask(Set<WantedVersion> versions)
        throws InterruptedException {
      var upstream = upstreams.get(repository.kind());
      if (upstream == null) {
        return notAsked(versions, "sources of this kind are not asked for tags here");
      }
      try {
        return upstream.ask(repository, versions);
      } catch (RuntimeException e) {
        // Whatever this is, those who wait must hear that there is no answer.
        log.atError().addKeyValue("repository", repository).setCause(e).log("source not asked");
        return notAsked(
            versions, "the source could not be asked; the control plane's log says why");
      }
    }

    private static Map<WantedVersion, SourceAnswer> notAsked(
        Set<WantedVersion> versions, String why) {
      var answer = new SourceAnswer.Unavailable(SourceAnswer.NOT_ASKED, why);
      return versions.stream().collect(toMap(version -> version, _ -> answer));
    }

    /** The users for whom something is another now. */
    private Set<String> settled(Map<WantedVersion, SourceAnswer> answers) {
      var failed = answers.values().stream().anyMatch(SourceAnswer.Unavailable.class::isInstance);
      lock.lock();
      try {
        if (interest.isEmpty()) {
          return new HashSet<>();
        }
        failures = failed ? failures + 1 : 0;
        var random = ThreadLocalRandom.current().nextDouble();
        askAt(lastBegun + Period.next(interest.interval(), failures, random).toNanos());
        var told = new HashSet<>(interest.settle(answers, clock.instant()));
        told.addAll(answered);
        return told;
      } finally {
        lock.unlock();
      }
    }
  }
}
