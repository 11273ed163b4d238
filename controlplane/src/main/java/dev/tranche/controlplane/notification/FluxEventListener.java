package dev.tranche.controlplane.notification;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.kube.Throttle;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes events that Flux posts as a hint that an object is worth reading again. Nothing else in
 * them is believed, so whoever can reach the port can cause reads, and no more than one a second of
 * an object.
 */
public final class FluxEventListener implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FluxEventListener.class);

  private static final int LARGEST_BODY = 1 << 20;
  private static final Duration APART = Duration.ofSeconds(1);

  private final ObjectMapper json = new ObjectMapper();
  private final FluxNews news;
  private final HttpServer server;
  private final Throttle<Named> gathered;
  private final BlockingQueue<Named> queue = new LinkedBlockingQueue<>();
  private final Thread reader;

  private record Named(String kind, ObjectKey key) {}

  private FluxEventListener(
      InetSocketAddress address, FluxNews news, ScheduledExecutorService timer) throws IOException {
    this.news = news;
    gathered = new Throttle<>(APART, timer, queue::add);
    server = HttpServer.create(address, 0);
    server.createContext("/", this::answer);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    reader = Thread.ofVirtual().name("flux-events").unstarted(this::readAgain);
  }

  /**
   * Begins to listen.
   *
   * @param timer ended by its owner
   * @throws IOException where the address cannot be listened on
   */
  public static FluxEventListener start(
      InetSocketAddress address, FluxNews news, ScheduledExecutorService timer) throws IOException {
    var listener = new FluxEventListener(address, news, timer);
    listener.reader.start();
    listener.server.start();
    return listener;
  }

  /** The port that is listened on. */
  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    reader.interrupt();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(status(exchange), -1);
    }
  }

  private int status(HttpExchange exchange) throws IOException {
    if (!exchange.getRequestMethod().equals("POST")) {
      exchange.getResponseHeaders().set("Allow", "POST");
      return 405;
    }
    var body = exchange.getRequestBody().readNBytes(LARGEST_BODY + 1);
    if (body.length > LARGEST_BODY) {
      return 413;
    }
    JsonNode object;
    try {
      object = json.readTree(body).path("involvedObject");
    } catch (IOException e) {
      return 400;
    }
    var named =
        new Named(
            object.path("kind").asText(),
            new ObjectKey(object.path("namespace").asText(), object.path("name").asText()));
    if (named.kind().isEmpty()
        || named.key().namespace().isEmpty()
        || named.key().name().isEmpty()) {
      return 400;
    }
    if (news.concerns(named.kind(), named.key())) {
      gathered.call(named);
    }
    return 202;
  }

  private void readAgain() {
    try {
      while (true) {
        var named = queue.take();
        try {
          news.readAgain(named.kind(), named.key());
        } catch (KubernetesClientException e) {
          // The watch brings it, too.
          log.atDebug()
              .addKeyValue("kind", named.kind())
              .addKeyValue("object", named.key())
              .addKeyValue("error", e.getMessage())
              .log("not read again");
        }
      }
    } catch (InterruptedException e) {
      log.debug("stopping");
    }
  }
}
