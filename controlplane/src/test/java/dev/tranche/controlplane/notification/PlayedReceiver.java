package dev.tranche.controlplane.notification;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.function.ToIntFunction;

/** Takes what is posted to it, or not, as a test says. */
public final class PlayedReceiver implements AutoCloseable {
  private final ObjectMapper json = new ObjectMapper();
  private final List<JsonNode> asked = new CopyOnWriteArrayList<>();
  private final List<JsonNode> taken = new CopyOnWriteArrayList<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final InetSocketAddress address;
  private volatile HttpServer server;
  private volatile ToIntFunction<JsonNode> statuses = event -> 202;
  private volatile String contentType = "";

  private PlayedReceiver() throws IOException {
    server = serve(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    address = server.getAddress();
  }

  public static PlayedReceiver start() throws IOException {
    return new PlayedReceiver();
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + address.getPort() + "/");
  }

  /** The status of the answer to each event from now on; none is answered where it is negative. */
  public void answers(ToIntFunction<JsonNode> each) {
    statuses = each;
  }

  /** Every event that was posted, whatever the answer. */
  public List<JsonNode> asked() {
    return asked;
  }

  /** Every event that was answered with success. */
  public List<JsonNode> taken() {
    return taken;
  }

  public List<String> takenReasons() {
    return taken.stream().map(event -> event.path("reason").asText()).toList();
  }

  public String contentType() {
    return contentType;
  }

  /** Connections are refused from now on. */
  public void goAway() {
    server.stop(0);
  }

  public void comeBack() throws IOException {
    server = serve(address);
  }

  @Override
  public void close() {
    closing.countDown();
    server.stop(0);
  }

  private HttpServer serve(InetSocketAddress where) throws IOException {
    var started = HttpServer.create(where, 0);
    started.createContext("/", this::take);
    started.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    started.start();
    return started;
  }

  private void take(HttpExchange exchange) throws IOException {
    try (exchange) {
      contentType = String.valueOf(exchange.getRequestHeaders().getFirst("Content-Type"));
      var event = json.readTree(exchange.getRequestBody());
      asked.add(event);
      int status = statuses.applyAsInt(event);
      if (status < 0) {
        closing.await();
        return;
      }
      if (status / 100 == 2) {
        taken.add(event);
      }
      exchange.sendResponseHeaders(status, -1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException(e));
    }
  }
}
