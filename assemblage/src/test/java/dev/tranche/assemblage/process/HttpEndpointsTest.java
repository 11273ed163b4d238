package dev.tranche.assemblage.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
  private final AtomicReference<HttpEndpoints.Probe> ready =
      new AtomicReference<>(new HttpEndpoints.Probe(false, "reading what there is"));
  private HttpEndpoints endpoints;

  @BeforeEach
  void start() throws IOException {
    endpoints =
        HttpEndpoints.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                () -> new HttpEndpoints.Probe(true, "ok"),
                ready::get)
            .withMetrics(() -> "tests_total 1.0\n");
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
    var answer = get("/metrics");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type"))
        .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain"));
    assertThat(answer.body()).contains("tests_total 1.0");
  }

  @Test
  void addressesAreReadAsPeopleWriteThem() {
    assertThat(HttpEndpoints.address(":8080")).isEqualTo(new InetSocketAddress("0.0.0.0", 8080));
    assertThat(HttpEndpoints.address("localhost:9"))
        .isEqualTo(new InetSocketAddress("localhost", 9));
    for (var none : new String[] {"8080", "localhost", "", "a b:1"}) {
      assertThatThrownBy(() -> HttpEndpoints.address(none))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("give HOST:PORT or :PORT");
    }
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
