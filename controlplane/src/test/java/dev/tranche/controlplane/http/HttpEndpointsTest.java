package dev.tranche.controlplane.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpEndpointsTest {
  private final PrometheusMeterRegistry metrics =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final AtomicReference<HttpEndpoints.Probe> ready =
      new AtomicReference<>(new HttpEndpoints.Probe(false, "reading what there is"));
  private HttpEndpoints endpoints;

  @BeforeEach
  void start() throws IOException {
    endpoints =
        HttpEndpoints.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            metrics,
            () -> new HttpEndpoints.Probe(true, "ok"),
            ready::get);
  }

  @AfterEach
  void stop() {
    endpoints.close();
  }

  @Test
  void probesAnswerWithTheirState() throws Exception {
    assertThat(get("/livez"))
        .extracting(HttpResponse::statusCode, HttpResponse::body)
        .containsExactly(200, "ok\n");
    assertThat(get("/readyz"))
        .extracting(HttpResponse::statusCode, HttpResponse::body)
        .containsExactly(503, "reading what there is\n");
    ready.set(new HttpEndpoints.Probe(true, "ok"));
    assertThat(get("/readyz").statusCode()).isEqualTo(200);
  }

  @Test
  void metricsAreInPrometheusFormat() throws Exception {
    metrics.counter("tests").increment();
    var answer = get("/metrics");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type"))
        .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain"));
    assertThat(answer.body()).contains("tests_total 1.0");
  }

  @Test
  void anythingElseIsNotFound() throws Exception {
    for (var path : new String[] {"/", "/metrics/x", "/readyz/x", "/livezx"}) {
      assertThat(get(path).statusCode()).as(path).isEqualTo(404);
    }
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    try (var client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + endpoints.port() + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }
}
