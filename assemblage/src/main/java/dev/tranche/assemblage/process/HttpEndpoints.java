package dev.tranche.assemblage.process;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/** Serves {@code /livez} and {@code /readyz}, and what else it is told to. */
public final class HttpEndpoints implements AutoCloseable {
  private final HttpServer server;

  private HttpEndpoints(HttpServer server) {
    this.server = server;
  }

  /** The answer to a probe. */
  public record Probe(boolean passed, String message) {}

  /**
   * An address as people write it.
   *
   * @param text {@code HOST:PORT}, or {@code :PORT} for all addresses of the machine
   * @throws IllegalArgumentException where it is none
   */
  public static InetSocketAddress address(String text) {
    try {
      var uri = new URI("http://" + (text.startsWith(":") ? "0.0.0.0" + text : text));
      if (uri.getHost() == null || uri.getPort() < 0) {
        throw new IllegalArgumentException("give HOST:PORT or :PORT");
      }
      return new InetSocketAddress(uri.getHost(), uri.getPort());
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("give HOST:PORT or :PORT", e);
    }
  }

  /**
   * Begins to serve.
   *
   * @throws IOException where the address cannot be listened on
   */
  public static HttpEndpoints start(
      InetSocketAddress address, Supplier<Probe> live, Supplier<Probe> ready) throws IOException {
    var server = HttpServer.create(address, 0);
    server.createContext("/livez", exchange -> probe(exchange, "/livez", live.get()));
    server.createContext("/readyz", exchange -> probe(exchange, "/readyz", ready.get()));
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
    return new HttpEndpoints(server);
  }

  /**
   * Serves {@code /metrics} too.
   *
   * @param metrics in the text format of Prometheus
   */
  public HttpEndpoints withMetrics(Supplier<String> metrics) {
    server.createContext(
        "/metrics",
        exchange -> {
          if (!exchange.getRequestURI().getPath().equals("/metrics")) {
            answer(exchange, 404, "text/plain; charset=utf-8", "not found\n");
          } else {
            answer(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", metrics.get());
          }
        });
    return this;
  }

  /**
   * Serves a path, and all below it, too.
   *
   * @param path begins with a slash
   * @param handler called on a virtual thread for each request
   */
  public HttpEndpoints with(String path, HttpHandler handler) {
    server.createContext(path, handler);
    return this;
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
