package dev.tranche.controlplane.check;

import dev.tranche.controlplane.server.Secrets;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checks that rollouts wait for. Each is asked at once when it is first wanted and then at its
 * interval, in a thread of its own, until it is not wanted any more; a server that hangs delays no
 * check but its own. After a question without answer the next comes sooner, and ever later while
 * that goes on, but within twice the interval.
 */
public final class ChecksUnderway implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ChecksUnderway.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);

  private final PrometheusApi api;
  private final Clock clock;
  private final Consumer<CheckKey> answered;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, Map<CheckKey, Underway>> modules = new ConcurrentHashMap<>();

  /**
   * Asks nothing yet.
   *
   * @param clock what the answers are dated by
   * @param answered called with a check's key, in the check's thread, when {@link #answer} has
   *     something new; once more at most after the check is not wanted any more. Quick; must not
   *     block
   */
  public ChecksUnderway(Secrets secrets, Clock clock, Consumer<CheckKey> answered) {
    this(secrets, clock, answered, TIMEOUT);
  }

  ChecksUnderway(Secrets secrets, Clock clock, Consumer<CheckKey> answered, Duration timeout) {
    this.clock = clock;
    this.answered = answered;
    this.api = new PrometheusApi(secrets, clock, timeout, threads);
  }

  /**
   * These checks of a module are wanted from now on, and no others of it. What was wanted before
   * and is the same goes on undisturbed; of a check whose question or interval is another now, the
   * answers so far are forgotten.
   *
   * @param module the uid of the module, which is that of all the keys
   * @param requests empty where none is wanted, or the module is gone
   */
  public void want(String module, Collection<CheckRequest> requests) {
    for (var request : requests) {
      if (!request.key().module().equals(module)) {
        throw new IllegalArgumentException(request.key() + " is not of module " + module);
      }
    }
    synchronized (modules) {
      if (!threads.isShutdown()) {
        replace(module, requests);
      }
    }
  }

  /**
   * The newest answer to a request; empty where it was not answered yet, or is not wanted as it is.
   */
  public Optional<CheckAnswer> answer(CheckRequest request) {
    var underway = modules.getOrDefault(request.key().module(), Map.of()).get(request.key());
    return underway == null || !underway.request.equals(request)
        ? Optional.empty()
        : Optional.ofNullable(underway.answer);
  }

  /** Asks nothing any more. */
  @Override
  public void close() {
    synchronized (modules) {
      modules.clear();
      threads.shutdownNow();
    }
    api.close();
  }

  private void replace(String module, Collection<CheckRequest> requests) {
    var before = modules.getOrDefault(module, Map.of());
    var after = new HashMap<CheckKey, Underway>();
    for (var request : requests) {
      var running = before.get(request.key());
      after.put(
          request.key(),
          running != null && running.request.equals(request) ? running : new Underway(request));
    }
    if (after.isEmpty()) {
      modules.remove(module);
    } else {
      modules.put(module, Map.copyOf(after));
    }
    before.values().stream().filter(old -> !after.containsValue(old)).forEach(Underway::end);
    // Not before: whoever is told of an answer finds it.
    after.values().stream().filter(young -> !before.containsValue(young)).forEach(Underway::begin);
  }

  /**
   * How long after the beginning of a question the next one begins.
   *
   * @param unanswered how many questions in a row had no answer
   * @param random from 0 up to 1, spreads those who lost the same server at the same moment
   */
  static Duration pause(Duration interval, int unanswered, double random) {
    if (unanswered == 0) {
      return interval;
    }
    var first = interval.compareTo(FIRST_RETRY) < 0 ? interval : FIRST_RETRY;
    var doubled = first.multipliedBy(1L << Math.min(unanswered - 1, 20));
    var longest = interval.multipliedBy(2);
    var pause = doubled.compareTo(longest) < 0 ? doubled : longest;
    return Duration.ofNanos((long) (pause.toNanos() * (1 - random / 2)));
  }

  private final class Underway {
    private final CheckRequest request;
    private volatile @Nullable CheckAnswer answer;
    private volatile boolean ended;
    private volatile @Nullable Future<?> asking;

    Underway(CheckRequest request) {
      this.request = request;
    }

    void begin() {
      asking = threads.submit(this::askAgainAndAgain);
    }

    void end() {
      ended = true;
      if (asking != null) {
        asking.cancel(true);
      }
    }

    private void askAgainAndAgain() {
      int unanswered = 0;
      try {
        while (!ended) {
          var begun = System.nanoTime();
          var newest = ask();
          unanswered = newest instanceof CheckAnswer.NoAnswer ? unanswered + 1 : 0;
          answer = newest;
          tell();
          var pause =
              pause(request.interval(), unanswered, ThreadLocalRandom.current().nextDouble());
          Thread.sleep(pause.minusNanos(System.nanoTime() - begun));
        }
      } catch (InterruptedException e) {
        log.debug("no longer wanted");
      }
    }

    private CheckAnswer ask() throws InterruptedException {
      try {
        return api.ask(request.query());
      } catch (RuntimeException e) {
        // Whatever this is, the rollout must hear that it knows nothing.
        log.atError().addKeyValue("check", request.key()).setCause(e).log("check not asked");
        return new CheckAnswer.NoAnswer(
            clock.instant(), "the check could not be asked; the control plane's log says why");
      }
    }

    private void tell() {
      try {
        answered.accept(request.key());
      } catch (RuntimeException e) {
        log.atError().addKeyValue("check", request.key()).setCause(e).log("answer not passed on");
      }
    }
  }
}
