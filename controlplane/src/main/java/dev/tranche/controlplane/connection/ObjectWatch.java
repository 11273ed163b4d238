package dev.tranche.controlplane.connection;

import dev.tranche.assemblage.kube.ObjectKey;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.vertx.core.http.HttpMethod;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one object in a cluster looks like: by a watch, and by asking again and again where no watch
 * holds.
 */
public final class ObjectWatch<T extends HasMetadata> implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ObjectWatch.class);

  private static final Duration DEADLINE = Duration.ofSeconds(10);

  /** For a connection, which wakes a watch as soon as there is something to do. */
  private static final Duration LONG = Duration.ofHours(1);

  /** API servers send a bookmark about once a minute; whoever is silent for longer is not there. */
  private static final Duration SILENCE = Duration.ofSeconds(150);

  private static final int SHORTEST_WATCH_SECONDS = 240;
  private static final int LONGEST_WATCH_SECONDS = 480;

  /** A watch that ends sooner has not held. */
  private static final Duration HOLDS_FOR = Duration.ofSeconds(5);

  private static final int STRIKES = 3;
  private static final Duration AFTER_STRIKE = Duration.ofMillis(500);

  private static final Duration POLL_UPDATING = Duration.ofSeconds(1);
  private static final Duration POLL_IDLE = Duration.ofSeconds(30);
  private static final Duration POLL_MISSING_KIND = Duration.ofSeconds(5);
  private static final Duration AFTER_TROUBLE = Duration.ofSeconds(3);

  /** How many times it is polled before a watch is tried once more. */
  private static final int POLLS = 20;

  private final Connection connection;
  private final Surroundings surroundings;
  private final Class<T> type;
  private final ObjectKey object;
  private final Predicate<T> updating;
  private final Runnable seen;
  private final Consumer<ObjectWatch<?>> onClose;
  private final Bell bell = new Bell();
  private final AtomicReference<Observed<T>> observed =
      new AtomicReference<>(new Observed.NotYet<>());
  private volatile @Nullable LineStream stream;
  private volatile boolean closed;
  private volatile boolean interrupted;
  private int strikes;

  ObjectWatch(
      Connection connection,
      Surroundings surroundings,
      Class<T> type,
      ObjectKey object,
      Predicate<T> updating,
      Runnable seen,
      Consumer<ObjectWatch<?>> onClose) {
    this.connection = connection;
    this.surroundings = surroundings;
    this.type = type;
    this.object = object;
    this.updating = updating;
    this.seen = seen;
    this.onClose = onClose;
  }

  void start() {
    Thread.ofVirtual().name("watch " + object).start(this::run);
  }

  /** The object's namespace and name in the cluster. */
  public ObjectKey object() {
    return object;
  }

  /** What was last seen. */
  public Observed<T> observed() {
    return observed.get();
  }

  /** Makes what a write returned visible before the watch brings it. */
  public void wrote(T written) {
    observed.updateAndGet(before ->
        before instanceof Observed.Present<T>(var known)
                && isSame(known, written)
                && isNewer(known, written)
            ? before
            : new Observed.Present<>(written));
    if (strikes >= STRIKES) {
      bell.ring();
    }
  }

  /** Ends it; returns at once. */
  @Override
  public void close() {
    closed = true;
    onClose.accept(this);
    again();
  }

  /** Begins from the start, since the connection is another one or was gone. */
  void again() {
    interrupted = true;
    bell.ring();
    var open = stream;
    if (open != null) {
      open.close();
    }
  }

  private void run() {
    try {
      int polls = 0;
      while (!closed) {
        interrupted = false;
        var channel = connection.healthyChannel();
        if (channel == null) {
          bell.await(LONG);
          continue;
        }
        try {
          var version = list(channel);
          if (version == null) {
            bell.await(Pace.jittered(POLL_MISSING_KIND, 0.3));
          } else if (strikes < STRIKES) {
            follow(channel, version);
            polls = 0;
            bell.await(Pace.jittered(AFTER_STRIKE, 0.5).multipliedBy(strikes));
          } else {
            bell.await(pollPeriod());
            if (++polls >= POLLS) {
              strikes = STRIKES - 1;
            }
          }
        } catch (ConnectionException e) {
          if (!closed && !interrupted) {
            refused(e);
            connection.suspect();
            bell.await(Pace.jittered(AFTER_TROUBLE, 0.5));
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Asks what there is.
   *
   * @return the resource version to watch from; null where the kind is not known there
   */
  private @Nullable String list(Channel channel) {
    var answer = channel.call(HttpMethod.GET, path(), null, null, DEADLINE);
    if (answer.code() == HttpURLConnection.HTTP_NOT_FOUND) {
      connection.contact();
      observe(new Observed.KindMissing<>());
      return null;
    }
    if (answer.code() != HttpURLConnection.HTTP_OK) {
      throw Api.refusal(answer, channel.access());
    }
    var list = Api.json(answer.body().getBytes());
    var version = list.path("metadata").path("resourceVersion").asText("");
    if (version.isEmpty() || !list.path("items").isArray()) {
      throw Trouble.notAnApiServer();
    }
    connection.contact();
    var item = list.path("items").path(0);
    observe(
        item.isMissingNode()
            ? new Observed.Absent<>()
            : new Observed.Present<>(surroundings.typed(item, type)));
    return version;
  }

  private void follow(Channel channel, String version) throws InterruptedException {
    var begin = System.nanoTime();
    try (var lines = channel.stream(watchPath(version), DEADLINE)) {
      stream = lines;
      if (interrupted) {
        return;
      }
      while (true) {
        var line = lines.next(SILENCE);
        if (line == null || closed || interrupted || !line(line)) {
          return;
        }
      }
    } catch (ConnectionException e) {
      if (e.code() == ConnectionException.NO_ANSWER && !interrupted) {
        connection.suspect();
      }
    } finally {
      stream = null;
      boolean held = System.nanoTime() - begin > HOLDS_FOR.toNanos();
      strikes = held || interrupted ? 0 : strikes + 1;
      if (strikes == STRIKES) {
        log.atInfo()
            .addKeyValue("object", object)
            .log("no watch holds, asking again and again instead");
      }
    }
  }

  /** Returns false where the watch cannot go on and has to begin anew. */
  private boolean line(byte[] line) {
    var event = Api.json(line);
    connection.contact();
    switch (event.path("type").asText()) {
      case "ADDED", "MODIFIED" ->
          observe(new Observed.Present<>(surroundings.typed(event.path("object"), type)));
      case "DELETED" -> observe(new Observed.Absent<>());
      case "BOOKMARK" -> {}
      default -> {
        return false;
      }
    }
    return true;
  }

  private void observe(Observed<T> now) {
    var before =
        observed.getAndUpdate(known ->
            known instanceof Observed.Present<T>(var ours)
                    && now instanceof Observed.Present<T>(var theirs)
                    && isSame(ours, theirs)
                    && isNewer(ours, theirs)
                ? known
                : now);
    if (!isSameVersion(before, now)) {
      seen.run();
    }
  }

  private void refused(ConnectionException e) {
    if (e.code() == HttpURLConnection.HTTP_FORBIDDEN) {
      observe(new Observed.Refused<>(e.reason(), e.sentence()));
    }
  }

  private Duration pollPeriod() {
    return observed.get() instanceof Observed.Present<T>(var known) && updating.test(known)
        ? Pace.jittered(POLL_UPDATING, 0.3)
        : Pace.jittered(POLL_IDLE, 0.5);
  }

  private String path() {
    return "%s?fieldSelector=%s"
        .formatted(
            Api.path(type, object.namespace()), Api.encoded("metadata.name=" + object.name()));
  }

  private String watchPath(String version) {
    return "%s&watch=true&allowWatchBookmarks=true&resourceVersion=%s&timeoutSeconds=%d"
        .formatted(
            path(),
            Api.encoded(version),
            ThreadLocalRandom.current().nextInt(SHORTEST_WATCH_SECONDS, LONGEST_WATCH_SECONDS));
  }

  private static boolean isSame(HasMetadata one, HasMetadata other) {
    return java.util.Objects.equals(one.getMetadata().getUid(), other.getMetadata().getUid());
  }

  /** Resource versions of one kind can be compared as numbers (KEP-5504). */
  private static boolean isNewer(HasMetadata one, HasMetadata other) {
    var left = one.getMetadata().getResourceVersion();
    var right = other.getMetadata().getResourceVersion();
    return left.length() == right.length()
        ? left.compareTo(right) > 0
        : left.length() > right.length();
  }

  private static <T extends HasMetadata> boolean isSameVersion(
      Observed<T> before, Observed<T> now) {
    if (before instanceof Observed.Present<T>(var one)
        && now instanceof Observed.Present<T>(var other)) {
      return isSame(one, other)
          && one.getMetadata()
              .getResourceVersion()
              .equals(other.getMetadata().getResourceVersion());
    }
    return before.equals(now);
  }
}
