package dev.tranche.controlplane.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/** Serves {@code /livez}, {@code /readyz} and {@code /metrics}. */
public final class HttpEndpoints implements AutoCloseable {
  private final HttpServer server;

  private HttpEndpoints(HttpServer server) {
    this.server = server;
  }

  /** The answer to a probe. */
  public record Probe(boolean passed, String message) {}

  /**
   * Begins to serve.
   *
   * @throws IOException where the address cannot be listened on
   */
  public static HttpEndpoints start(
      InetSocketAddress address,
      PrometheusMeterRegistry metrics,
      Supplier<Probe> live,
      Supplier<Probe> ready)
      throws IOException {
    var server = HttpServer.create(address, 0);
    server.createContext("/livez", exchange -> probe(exchange, "/livez", live.get()));
    server.createContext("/readyz", exchange -> probe(exchange, "/readyz", ready.get()));
    server.createContext(
        "/metrics",
        exchange -> {
          if (!exchange.getRequestURI().getPath().equals("/metrics")) {
            answer(exchange, 404, "text/plain; charset=utf-8", "not found\n");
          } else {
            answer(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", metrics.scrape());
          }
        });
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
    return new HttpEndpoints(server);
  }

  /** The port that is listened on. */
  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private static void probe(HttpExchange exchange, String path, Probe probe) throws IOException {
    if (!exchange.getRequestURI().getPath().equals(path)) {
      answer(exchange, 404, "text/plain; charset=utf-8", "not found\n");
    } else {
      answer(
          exchange,
          probe.passed() ? 200 : 503,
          "text/plain; charset=utf-8",
          probe.message() + "\n");
    }
  }

  private static void answer(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    try (exchange) {
      var body = text.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", type);
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }
}
