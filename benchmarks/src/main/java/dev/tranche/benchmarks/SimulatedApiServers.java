package dev.tranche.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Listeners that speak as much of the Kubernetes API, over TLS with client certificates, as the
 * connections of the control plane use: one Assemblage each, with list, watch and server-side
 * apply.
 */
final class SimulatedApiServers implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long BOOKMARK_MILLIS = 60_000;
  private static final String ASSEMBLAGES = "/apis/fleet.tranche.dev/v1alpha1/namespaces/";

  private final Vertx vertx;
  private final List<Server> servers = new ArrayList<>();
  private final LongAdder requests = new LongAdder();

  private SimulatedApiServers(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Starts so many, each on a port of its own. */
  static SimulatedApiServers start(int count, Identities identities) {
    var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2).setUseDaemonThread(true));
    var all = new SimulatedApiServers(vertx);
    for (int i = 0; i < count; i++) {
      all.servers.add(all.new Server(identities));
    }
    all.servers.forEach(Server::awaitListening);
    return all;
  }

  Server server(int number) {
    return servers.get(number);
  }

  /** How many clusters have a watch open. */
  long watched() {
    return servers.stream().filter(server -> !server.watches.isEmpty()).count();
  }

  /** How many requests there were so far. */
  long requests() {
    return requests.sum();
  }

  @Override
  public void close() {
    try {
      vertx.close().toCompletionStage().toCompletableFuture().get(5, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      throw new BenchmarkException("the simulated API servers do not end", e);
    }
  }

  /**
   * Who the servers and their client are, as PEM.
   *
   * @param serverKey of the certificate before it
   * @param client the certificate that is trusted
   */
  record Identities(String server, String serverKey, String client) {}

  /** One of them. */
  final class Server {
    private final io.vertx.core.http.HttpServer http;
    private final io.vertx.core.Future<io.vertx.core.http.HttpServer> listening;
    private final Set<HttpServerResponse> watches = ConcurrentHashMap.newKeySet();
    private final AtomicInteger version = new AtomicInteger(100);
    private volatile boolean hangs;
    private volatile @Nullable ObjectNode assemblage;

    Server(Identities identities) {
      http =
          vertx.createHttpServer(
              new HttpServerOptions()
                  .setSsl(true)
                  .setClientAuth(ClientAuth.REQUIRED)
                  .setKeyCertOptions(
                      new PemKeyCertOptions()
                          .addCertValue(Buffer.buffer(identities.server()))
                          .addKeyValue(Buffer.buffer(identities.serverKey())))
                  .setTrustOptions(
                      new PemTrustOptions().addCertValue(Buffer.buffer(identities.client()))));
      listening = http.requestHandler(this::handle).listen(0, "127.0.0.1");
      vertx.setPeriodic(BOOKMARK_MILLIS, timer -> bookmark());
    }

    void awaitListening() {
      try {
        var _ = listening.toCompletionStage().toCompletableFuture().get(5, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
        throw new BenchmarkException("a simulated API server does not listen", e);
      }
    }

    int port() {
      return http.actualPort();
    }

    boolean hasAssemblage() {
      return assemblage != null;
    }

    /** Accepts everything from now on and answers nothing. */
    void hang() {
      hangs = true;
    }

    void resume() {
      hangs = false;
    }

    /** What an agent does: says that each entry is applied, in these words. */
    void report(String message) {
      var now = java.util.Objects.requireNonNull(assemblage).deepCopy();
      var status = now.putObject("status");
      status.put("observedGeneration", now.at("/metadata/generation").asInt());
      var syncs = status.putArray("syncs");
      for (var sync : now.at("/spec/syncs")) {
        syncs
            .addObject()
            .put("origin", sync.path("origin").asText())
            .put("name", sync.path("name").asText())
            .put("revision", sync.path("revision").asText())
            .put("state", "Succeeded")
            .put("reason", "Succeeded")
            .put("message", message)
            .put("appliedRevision", "v1.0.0@sha1:" + "0".repeat(40))
            .put("lastTransitionTime", "2026-01-01T00:00:00Z");
      }
      store(now, "MODIFIED");
    }

    private void store(ObjectNode now, String event) {
      ((ObjectNode) now.path("metadata")).put("resourceVersion", "" + version.incrementAndGet());
      assemblage = now;
      send(line(event, now));
    }

    private void send(String line) {
      watches.forEach(watch -> watch.write(line));
    }

    private void bookmark() {
      if (!hangs) {
        var object = JSON.createObjectNode();
        object.putObject("metadata").put("resourceVersion", "" + version.get());
        send(line("BOOKMARK", object));
      }
    }

    private String line(String type, ObjectNode object) {
      var event = JSON.createObjectNode().put("type", type);
      event.set("object", object);
      return event + "\n";
    }

    private void handle(HttpServerRequest request) {
      requests.increment();
      if (hangs) {
        return;
      }
      var path = String.valueOf(request.path());
      if (path.equals("/version")) {
        answer(request, 200, "{\"major\":\"1\",\"minor\":\"36\",\"gitVersion\":\"v1.36.3\"}");
      } else if (path.startsWith("/api/v1/namespaces/") && path.endsWith("/secrets")) {
        answer(request, 200, "{\"kind\":\"SecretList\",\"metadata\":{},\"items\":[]}");
      } else if (path.startsWith("/api/v1/namespaces/")) {
        answer(
            request,
            200,
            "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"n\",\"resourceVersion\":\"1\"}}");
      } else if (path.startsWith(ASSEMBLAGES) && request.method().name().equals("PATCH")) {
        request.body().onSuccess(body -> apply(request, body.getBytes()));
      } else if (path.startsWith(ASSEMBLAGES) && "true".equals(request.getParam("watch"))) {
        var watch = request.response().setChunked(true);
        watch.putHeader("Content-Type", "application/json");
        watches.add(watch);
        bookmark();
        request.connection().closeHandler(end -> watches.remove(watch));
      } else if (path.startsWith(ASSEMBLAGES)) {
        var list = JSON.createObjectNode().put("kind", "AssemblageList");
        list.putObject("metadata").put("resourceVersion", "" + version.get());
        var items = list.putArray("items");
        var now = assemblage;
        if (now != null) {
          items.add(now);
        }
        answer(request, 200, list.toString());
      } else {
        answer(request, 404, "{\"kind\":\"Status\",\"code\":404,\"message\":\"not found\"}");
      }
    }

    private void apply(HttpServerRequest request, byte[] body) {
      try {
        var wanted = (ObjectNode) JSON.readTree(body);
        var before = assemblage;
        boolean same = before != null && before.path("spec").equals(wanted.path("spec"));
        if (!same) {
          var metadata = (ObjectNode) wanted.path("metadata");
          metadata.put("uid", "00000000-0000-4000-8000-%012d".formatted(port()));
          metadata.put(
              "generation", before == null ? 1 : before.at("/metadata/generation").asInt() + 1);
          metadata.put("creationTimestamp", "2026-01-01T00:00:00Z");
          if (before != null && before.has("status")) {
            wanted.set("status", before.path("status"));
          }
          store(wanted, before == null ? "ADDED" : "MODIFIED");
        }
        answer(request, before == null ? 201 : 200, String.valueOf(assemblage));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void answer(HttpServerRequest request, int code, String body) {
      request
          .response()
          .setStatusCode(code)
          .putHeader("Content-Type", "application/json")
          .end(Buffer.buffer(body.getBytes(UTF_8)));
    }
  }
}
