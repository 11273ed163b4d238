package dev.tranche.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * A real Prometheus, whose series have the values that the caller says. It needs no fleet, and ends
 * with this JVM, however that ends.
 *
 * <pre>{@code
 * try (var prometheus = Prometheus.start()) {
 *   prometheus.set("error_rate{cluster=\"alpha\"}", 0.07);
 *   …                                            // seen by queries within half a second
 *   prometheus.kill();                           // connections are refused
 *   prometheus.restart();                        // same address, same data
 * }
 * }</pre>
 */
public final class Prometheus implements AutoCloseable {
  private static final String SCRAPE_INTERVAL = "200ms";

  private final Map<String, Double> series = new ConcurrentSkipListMap<>();
  private final FleetDirectory directory;
  private final HttpServer metrics;
  private final URI url;
  private final Program program;
  private final Thread closeOnExit = new Thread(this::end, "close-prometheus");
  private boolean closed;

  private Prometheus(Tools tools, FleetDirectory directory) throws IOException {
    this.directory = directory;
    metrics = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    metrics.createContext("/metrics", this::answerScrape);
    metrics.start();
    var folder = Files.createDirectory(directory.path().resolve("prometheus"));
    var config =
        Host.write(
            folder,
            "prometheus.yaml",
            """
            global: {scrape_interval: %1$s, scrape_timeout: %1$s}
            scrape_configs:
            - job_name: testbed
              static_configs: [{targets: ["127.0.0.1:%2$d"]}]
            """
                .formatted(SCRAPE_INTERVAL, metrics.getAddress().getPort()));
    var port = Ports.free();
    url = URI.create("http://127.0.0.1:" + port);
    program =
        new Program(
            "prometheus",
            List.of(
                tools.path("prometheus").toString(),
                "--config.file=" + config,
                "--storage.tsdb.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port,
                "--log.level=warn"),
            Map.of("HOME", folder.toString(), "TMPDIR", folder.toString()),
            directory.logs().resolve("prometheus.log"),
            Probe.http(url.resolve("/-/ready")));
  }

  /**
   * Builds Prometheus where it is missing, which takes minutes on a machine that never did, and
   * starts it. It has no series of the caller's yet.
   */
  public static Prometheus start() {
    var tools = Tools.build(System.err::println, "prometheus");
    var directory = FleetDirectory.create();
    Prometheus prometheus;
    try {
      prometheus = new Prometheus(tools, directory);
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw new FleetException("cannot prepare Prometheus", e);
    }
    Runtime.getRuntime().addShutdownHook(prometheus.closeOnExit);
    try {
      prometheus.restart();
    } catch (RuntimeException e) {
      prometheus.close();
      throw e;
    }
    return prometheus;
  }

  /** Where its UI and API are; no slash at the end. */
  public URI url() {
    return url;
  }

  /** The process id of the program. */
  public long pid() {
    return program.pid();
  }

  /**
   * Gives a series a value, which the next scrape reads.
   *
   * @param name with its labels, as in Prometheus' text format: {@code up} or {@code up{a="b"}}
   * @param value may be infinite or not a number
   */
  public void set(String name, double value) {
    series.put(name, value);
  }

  /** Ends a series: queries find none from the next scrape on. */
  public void remove(String name) {
    series.remove(name);
  }

  /** Ends the program at once: connections are refused until {@link #restart}. */
  public void kill() {
    program.kill();
  }

  /** Starts the program on the same port and the same data, and returns when it answers. */
  public void restart() {
    program.start().awaitReady();
  }

  /** Stops the program where it is: connections are taken, nothing is answered. */
  public void hang() {
    program.hang();
  }

  /** Lets the program go on after {@link #hang}. */
  public void resume() {
    program.resume();
  }

  /** Ends the program, and deletes its data. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(closeOnExit);
    } catch (IllegalStateException e) {
      // The JVM is ending: whoever comes first closes.
    }
    end();
  }

  private synchronized void end() {
    if (closed) {
      return;
    }
    closed = true;
    program.kill();
    metrics.stop(0);
    directory.close();
  }

  private void answerScrape(HttpExchange exchange) throws IOException {
    try (exchange) {
      var page =
          series.entrySet().stream()
              .map(entry -> entry.getKey() + " " + entry.getValue() + "\n")
              .collect(joining())
              .getBytes(UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
      exchange.sendResponseHeaders(200, page.length == 0 ? -1 : page.length);
      exchange.getResponseBody().write(page);
    }
  }
}
