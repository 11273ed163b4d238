package dev.tranche.controlplane.connection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.cluster.Reachability;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.vertx.core.http.HttpMethod;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to one cluster. It stays the same object while its kubeconfig is replaced, goes or
 * comes back.
 *
 * <p>Calls block the calling thread, until a deadline at most, and only so many run at once: a
 * cluster that hangs keeps nobody busy but those who asked for it.
 */
public final class Connection {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  static final int PERMITS = 4;

  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final Duration LONG = Duration.ofHours(1);
  private static final Duration HUB_AGAIN = Duration.ofSeconds(2);
  private static final String APPLY = "application/apply-patch+yaml";
  private static final String JSON = "application/json";
  private static final int MANY = 500;

  private final KubeconfigKey key;
  private final Surroundings surroundings;
  private final Hysteresis hysteresis;
  private final Runnable changed;
  private final Semaphore permits = new Semaphore(PERMITS);
  private final Set<ObjectWatch<?>> watches = ConcurrentHashMap.newKeySet();
  private final Bell bell = new Bell();
  private volatile boolean reload = true;
  private volatile @Nullable Channel channel;

  /**
   * The last one before the kubeconfig went, for what is to be said before the cluster goes too.
   */
  private volatile @Nullable Channel farewell;

  private @Nullable String digest;
  private @Nullable Thread thread;

  /**
   * A connection that does nothing before it is started.
   *
   * @param changed called, by any thread, whenever {@link #reachability} has changed
   */
  Connection(KubeconfigKey key, Surroundings surroundings, Runnable changed) {
    this.key = key;
    this.surroundings = surroundings;
    this.hysteresis = new Hysteresis(surroundings.unreachableAfter());
    this.changed = changed;
  }

  synchronized void start() {
    if (thread == null) {
      thread = Thread.ofVirtual().name("connection " + key).start(this::run);
    }
  }

  synchronized void close() {
    if (thread != null) {
      thread.interrupt();
    }
    watches.forEach(ObjectWatch::close);
    Stream.of(Optional.ofNullable(channel), Optional.ofNullable(farewell))
        .flatMap(Optional::stream)
        .forEach(Channel::close);
  }

  /** The kubeconfig may be another one, or gone. */
  void kubeconfigChanged() {
    reload = true;
    bell.ring();
  }

  /** Whether the cluster is reached. */
  public Reachability reachability() {
    return hysteresis.state();
  }

  /** When the cluster was last heard of; null for never since this process began. */
  public @Nullable Instant lastContact() {
    return hysteresis.lastContact();
  }

  /**
   * Keeps an eye on one object, whether or not it is there, until it is closed.
   *
   * @param updating whether an object changes often at the moment, for when it has to be polled
   * @param seen called, by any thread, whenever something else is observed; must not block
   */
  public <T extends HasMetadata> ObjectWatch<T> watch(
      Class<T> type, ObjectKey object, Predicate<T> updating, Runnable seen) {
    var watch =
        new ObjectWatch<>(this, surroundings, type, object, updating, seen, watches::remove);
    watches.add(watch);
    watch.start();
    return watch;
  }

  /**
   * Reads an object.
   *
   * @return empty where there is none, or no such kind
   */
  public <T extends HasMetadata> Optional<T> get(Class<T> type, ObjectKey object) {
    try {
      return Optional.of(read(call(HttpMethod.GET, Api.path(type, object), null, null), type));
    } catch (ConnectionException e) {
      return emptyIfNotFound(e);
    }
  }

  /** The objects of a namespace with a label. */
  public <T extends HasMetadata> List<T> list(
      Class<T> type, String namespace, String label, String value) {
    var objects = new ArrayList<T>();
    var next = "";
    do {
      var page =
          Api.json(
              call(
                      HttpMethod.GET,
                      "%s?labelSelector=%s&limit=%d&continue=%s"
                          .formatted(
                              Api.path(type, namespace),
                              Api.encoded(label + "=" + value),
                              MANY,
                              Api.encoded(next)),
                      null,
                      null)
                  .body()
                  .getBytes());
      page.path("items").forEach(item -> objects.add(surroundings.typed(item, type)));
      next = page.path("metadata").path("continue").asText("");
    } while (!next.isEmpty());
    return objects;
  }

  /**
   * Applies an object server-side. Where it carries a resource version, that must be the one
   * stored.
   *
   * @param force whether fields of others are taken over
   * @return the object as stored
   */
  public <T extends HasMetadata> T apply(T object, String fieldManager, boolean force) {
    @SuppressWarnings("unchecked")
    var type = (Class<T>) object.getClass();
    return apply(type, ObjectKey.of(object), surroundings.tree(object), fieldManager, force);
  }

  /** As the other, for what the type cannot say, such as that a list is empty. */
  public <T extends HasMetadata> T apply(
      Class<T> type, ObjectKey object, JsonNode body, String fieldManager, boolean force) {
    var path =
        "%s?fieldManager=%s&force=%s"
            .formatted(Api.path(type, object), Api.encoded(fieldManager), force);
    return read(call(HttpMethod.PATCH, path, APPLY, Api.bytes(body)), type);
  }

  /** Creates an object; fails with code 409 where there is one. */
  public <T extends HasMetadata> T create(T object, String fieldManager) {
    @SuppressWarnings("unchecked")
    var type = (Class<T>) object.getClass();
    var path =
        "%s?fieldManager=%s"
            .formatted(
                Api.path(type, String.valueOf(object.getMetadata().getNamespace())),
                Api.encoded(fieldManager));
    return read(call(HttpMethod.POST, path, JSON, Api.bytes(surroundings.tree(object))), type);
  }

  /**
   * Changes an object by a JSON patch.
   *
   * @return empty where it is gone
   */
  public <T extends HasMetadata> Optional<T> patch(
      Class<T> type, ObjectKey object, JsonNode patch, String fieldManager) {
    var path = Api.path(type, object) + "?fieldManager=" + Api.encoded(fieldManager);
    try {
      return Optional.of(
          read(
              call(HttpMethod.PATCH, path, "application/json-patch+json", Api.bytes(patch)), type));
    } catch (ConnectionException e) {
      return emptyIfNotFound(e);
    }
  }

  /**
   * Deletes the very object that was looked at; that it is gone already is as good.
   *
   * @throws ConnectionException with code 409 where another one has its name now
   */
  public void delete(HasMetadata seen) {
    var preconditions =
        JsonNodeFactory.instance.objectNode().put("uid", seen.getMetadata().getUid());
    var options =
        JsonNodeFactory.instance
            .objectNode()
            .put("apiVersion", "v1")
            .put("kind", "DeleteOptions")
            .put("propagationPolicy", "Background");
    options.set("preconditions", preconditions);
    try {
      call(
          HttpMethod.DELETE,
          Api.path(seen.getClass(), ObjectKey.of(seen)),
          JSON,
          Api.bytes(options));
    } catch (ConnectionException e) {
      emptyIfNotFound(e);
    }
  }

  /**
   * Deletes as {@link #delete} does, also where the kubeconfig went a short time ago: with a
   * Cluster its kubeconfig goes at the same moment as what was brought there by it.
   *
   * @return false where there was nothing of that name that {@code isOurs}
   */
  public <T extends HasMetadata> boolean deleteFinally(
      Class<T> type, ObjectKey object, Predicate<T> isOurs) {
    var found = getFinally(type, object).filter(isOurs);
    found.ifPresent(this::delete);
    return found.isPresent();
  }

  private <T extends HasMetadata> Optional<T> getFinally(Class<T> type, ObjectKey object) {
    var last = farewell;
    if (channel == null && last != null) {
      channel = last;
    }
    return get(type, object);
  }

  /**
   * The channel while there is one and the last try succeeded; null otherwise, and then watches are
   * woken as soon as there is.
   */
  @Nullable Channel healthyChannel() {
    return hysteresis.lastContact() != null && hysteresis.failures() == 0 ? channel : null;
  }

  /** Something was heard of the cluster. */
  void contact() {
    boolean back = hysteresis.failures() > 0;
    if (hysteresis.contact(surroundings.clock().instant())) {
      log.atInfo().addKeyValue("kubeconfig", key).log("connected");
      changed.run();
      back = true;
    }
    if (back) {
      watches.forEach(ObjectWatch::again);
    }
  }

  /** Something failed that was no try of this connection's own: it is time for one. */
  void suspect() {
    bell.ring();
  }

  private Answer call(
      HttpMethod method, String path, @Nullable String contentType, byte @Nullable [] body) {
    var open = channel;
    if (open == null) {
      throw new ConnectionException("KubeconfigMissing", "there is no kubeconfig that can be used");
    }
    var begin = System.nanoTime();
    boolean permitted = false;
    try {
      permitted = permits.tryAcquire(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
      if (!permitted) {
        throw Trouble.noAnswer();
      }
      var answer =
          open.call(
              method, path, contentType, body, DEADLINE.minusNanos(System.nanoTime() - begin));
      if (answer.code() == HttpURLConnection.HTTP_UNAUTHORIZED) {
        suspect();
      }
      if (answer.code() >= HttpURLConnection.HTTP_MULT_CHOICE) {
        throw Api.refusal(answer, open.access());
      }
      contact();
      return answer;
    } catch (ConnectionException e) {
      if (e.code() == ConnectionException.NO_ANSWER) {
        suspect();
      }
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConnectionException("Stopping", "the control plane is stopping");
    } finally {
      if (permitted) {
        permits.release();
      }
    }
  }

  private <T extends HasMetadata> T read(Answer answer, Class<T> type) {
    return surroundings.typed(Api.json(answer.body().getBytes()), type);
  }

  private static <T> Optional<T> emptyIfNotFound(ConnectionException e) {
    if (e.code() == HttpURLConnection.HTTP_NOT_FOUND) {
      return Optional.empty();
    }
    throw e;
  }

  private void run() {
    try {
      while (!Thread.interrupted()) {
        var rest = reload ? load() : null;
        var open = channel;
        bell.await(rest != null ? rest : open == null ? LONG : tryOnce(open));
      }
    } catch (InterruptedException e) {
      log.atDebug().addKeyValue("kubeconfig", key).log("connection ended");
    }
  }

  /** Reads the kubeconfig; returns when to do so again, null where that was it. */
  private @Nullable Duration load() throws InterruptedException {
    reload = false;
    Optional<Surroundings.Kubeconfig> kubeconfig;
    try {
      kubeconfig = surroundings.read(key);
    } catch (RuntimeException e) {
      log.atWarn()
          .addKeyValue("kubeconfig", key)
          .addKeyValue("error", e.getMessage())
          .log("not read, trying again");
      reload = true;
      return Pace.jittered(HUB_AGAIN, 0.5);
    }
    if (kubeconfig.isEmpty()) {
      digest = null;
      replace(null);
      if (hysteresis.forget()) {
        changed.run();
      }
      return null;
    }
    if (!kubeconfig.get().digest().equals(digest)) {
      digest = kubeconfig.get().digest();
      try {
        replace(surroundings.transport().open(kubeconfig.get().access()));
      } catch (ConnectionException e) {
        replace(null);
        hysteresis.trying(surroundings.clock().instant());
        failed(e);
      }
    }
    return null;
  }

  private void replace(@Nullable Channel other) {
    var before = channel;
    channel = other;
    var last = farewell;
    if (last != null && last != before) {
      last.close();
    }
    farewell = other == null ? before : null;
    if (before != null) {
      if (other != null) {
        before.close();
      }
      log.atInfo()
          .addKeyValue("kubeconfig", key)
          .log(other == null ? "kubeconfig gone, disconnected" : "kubeconfig changed, connecting");
    }
    watches.forEach(ObjectWatch::again);
  }

  /** Tries whether the cluster answers; returns when to try again. */
  private Duration tryOnce(Channel open) throws InterruptedException {
    var now = surroundings.clock().instant();
    var heard = hysteresis.lastContact();
    boolean known =
        hysteresis.state() instanceof Reachability.Reached && hysteresis.failures() == 0;
    hysteresis.trying(now);
    var begin = System.nanoTime();
    try (var _ = known ? Doorway.open() : surroundings.doorway().enter(hysteresis.failures() > 0)) {
      var answer =
          open.call(HttpMethod.GET, Api.VERSION, null, null, surroundings.pace().deadline());
      Api.requireVersion(answer, open.access());
      contact();
      return surroundings.pace().afterSuccess();
    } catch (ConnectionException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedException();
      }
      if (open != channel) {
        return Duration.ZERO;
      }
      // Something else may have been heard of meanwhile, as where one call in many is slow.
      if (java.util.Objects.equals(heard, hysteresis.lastContact()) || !known) {
        failed(e);
      }
      return surroundings
          .pace()
          .afterFailure(hysteresis.failures(), Duration.ofNanos(System.nanoTime() - begin));
    }
  }

  private void failed(ConnectionException e) {
    if (hysteresis.failures() == 0) {
      log.atDebug()
          .addKeyValue("kubeconfig", key)
          .addKeyValue("reason", e.reason())
          .log("not answered");
    }
    if (hysteresis.failed(surroundings.clock().instant(), e.reason(), e.sentence())) {
      log.atWarn()
          .addKeyValue("kubeconfig", key)
          .addKeyValue("reason", e.reason())
          .log("unreachable: " + e.sentence());
      changed.run();
    }
  }
}
