package dev.tranche.controlplane.check;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server that answers what a test says, and remembers what it was asked. */
final class MisbehavingServer implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final CountDownLatch end = new CountDownLatch(1);
  private volatile HttpHandler handler = exchange -> answer(exchange, 500, "");

  record Request(String method, String path, Headers headers, String body) {}

  private MisbehavingServer(HttpServer server) {
    this.server = server;
  }

  static MisbehavingServer start() {
    try {
      return start(HttpServer.create(loopback(), 0));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static MisbehavingServer start(HttpServer server) {
    var misbehaving = new MisbehavingServer(server);
    server.createContext("/", misbehaving::handle);
    server.setExecutor(misbehaving.threads);
    server.start();
    return misbehaving;
  }

  static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  String address() {
    return "http://127.0.0.1:" + port();
  }

  int port() {
    return server.getAddress().getPort();
  }

  List<Request> requests() {
    return requests;
  }

  MisbehavingServer answers(int status, String body) {
    handler = exchange -> answer(exchange, status, body);
    return this;
  }

  MisbehavingServer answersScalar(String value) {
    return answers(
        200,
        "{\"status\": \"success\", \"data\": {\"resultType\": \"scalar\", \"result\": [1, \"%s\"]}}"
            .formatted(value));
  }

  MisbehavingServer redirectsTo(String location) {
    handler =
        exchange -> {
          exchange.getResponseHeaders().set("Location", location);
          answer(exchange, 307, "");
        };
    return this;
  }

  /** Takes the question and says nothing. */
  MisbehavingServer hangs() {
    handler = exchange -> awaitEnd();
    return this;
  }

  /** Sends headers and the beginning of a body, and then nothing. */
  MisbehavingServer hangsInTheMiddle() {
    handler =
        exchange -> {
          exchange.sendResponseHeaders(200, 1_000);
          exchange.getResponseBody().write("{\"status\": ".getBytes(UTF_8));
          exchange.getResponseBody().flush();
          awaitEnd();
        };
    return this;
  }

  /** Sends without end. */
  MisbehavingServer answersTooMuch() {
    handler =
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          var chunk = " ".repeat(1 << 16).getBytes(UTF_8);
          while (end.getCount() > 0) {
            exchange.getResponseBody().write(chunk);
          }
        };
    return this;
  }

  /** Breaks the connection instead of answering. */
  MisbehavingServer hangsUp() {
    handler = HttpExchange::close;
    return this;
  }

  @Override
  public void close() {
    end.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    var body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    requests.add(
        new Request(
            exchange.getRequestMethod(),
            exchange.getRequestURI().toString(),
            exchange.getRequestHeaders(),
            body));
    handler.handle(exchange);
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    try (exchange) {
      var body = text.getBytes(UTF_8);
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private void awaitEnd() {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
