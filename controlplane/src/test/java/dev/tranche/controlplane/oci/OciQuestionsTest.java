package dev.tranche.controlplane.oci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tranche.testbed.OciRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a real registry answers, and what one of our own does that real ones do elsewhere. */
class OciQuestionsTest {
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);
  private static final String TOKEN = "t0ken";
  private static final String PASSWORD = "hunter2";

  private HttpServer server;

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  @Tag("fleet")
  void tellsWhatTagsStandForInARealRegistry() throws Exception {
    try (var registry = OciRegistry.start()) {
      var first = registry.pushArtifact("apps/web", "v1", Map.of("a", "one"));
      registry.pushArtifact("apps/web", "v2", Map.of("a", "two"));
      var remote = remote(registry.url("apps/web"), Map.of());
      try (var questions = OciQuestions.to(remote, DEADLINE)) {
        assertThat(questions.digest("v1")).contains(first);
        assertThat(questions.digest("v9")).isEmpty();
        assertThat(questions.tags()).containsExactlyInAnyOrder("v1", "v2");
        var moved = registry.pushArtifact("apps/web", "v1", Map.of("a", "moved"));
        assertThat(questions.digest("v1")).contains(moved);
      }
      refused(remote(registry.url("apps/none"), Map.of()), OciException.REPOSITORY_NOT_FOUND);
      registry.kill();
      refused(remote, OciException.UNREACHABLE);
    }
  }

  @Test
  void showsItsCredentialsForAToken() throws Exception {
    server.createContext(
        "/token",
        exchange -> {
          boolean known =
              ("Basic "
                      + java.util.Base64.getEncoder()
                          .encodeToString(("user:" + PASSWORD).getBytes(UTF_8)))
                  .equals(exchange.getRequestHeaders().getFirst("Authorization"));
          assertThat(exchange.getRequestURI().getRawQuery())
              .isEqualTo("service=registry&scope=repository%3Aapps%2Fweb%3Apull");
          answer(exchange, known ? 200 : 401, "{\"token\": \"%s\"}".formatted(TOKEN));
        });
    server.createContext(
        "/v2/apps/web/",
        exchange -> {
          if (("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            exchange.getResponseHeaders().set("Docker-Content-Digest", DIGEST);
            answer(exchange, 200, "");
          } else {
            exchange
                .getResponseHeaders()
                .set(
                    "WWW-Authenticate",
                    "Bearer realm=\"http://%s/token\",service=\"registry\",scope=\"repository:apps/web:pull\""
                        .formatted(authority()));
            answer(exchange, 401, "");
          }
        });
    try (var questions = OciQuestions.to(remote(url(), dockerConfig(PASSWORD)), DEADLINE)) {
      assertThat(questions.digest("v1")).contains(DIGEST);
    }
    refused(remote(url(), dockerConfig("wrong")), OciException.AUTHENTICATION_FAILED);
    refused(remote(url(), Map.of()), OciException.AUTHENTICATION_FAILED);
    refused(
        remote(url(), Map.of(".dockerconfigjson", "{" + PASSWORD)),
        OciException.INVALID_CREDENTIALS);
  }

  @Test
  void readsAllPagesOfTagsAndDigestsThatAreNotStated() throws Exception {
    server.createContext(
        "/v2/apps/web/tags/list",
        exchange -> {
          boolean first = !exchange.getRequestURI().getRawQuery().contains("last=");
          if (first) {
            exchange
                .getResponseHeaders()
                .set("Link", "</v2/apps/web/tags/list?n=1&last=a>; rel=\"next\"");
          }
          answer(exchange, 200, "{\"tags\": [\"%s\"]}".formatted(first ? "a" : "b"));
        });
    server.createContext("/v2/apps/web/manifests/", exchange -> answer(exchange, 200, "abc"));
    try (var questions = OciQuestions.to(remote(url(), Map.of()), DEADLINE)) {
      assertThat(questions.tags()).isEqualTo(List.of("a", "b"));
      assertThat(questions.digest("v1"))
          .contains("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
  }

  @Test
  void saysWhatIsTheMatter() throws Exception {
    var release = new CountDownLatch(1);
    server.createContext("/v2/apps/busy/", exchange -> answer(exchange, 429, ""));
    server.createContext("/v2/apps/private/", exchange -> answer(exchange, 403, ""));
    server.createContext("/v2/apps/odd/", exchange -> answer(exchange, 200, "<html>"));
    server.createContext(
        "/v2/apps/slow/",
        exchange -> {
          exchange.sendResponseHeaders(200, 10);
          exchange.getResponseBody().write('{');
          exchange.getResponseBody().flush();
          try {
            release.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.close();
        });
    refused(remote(url("busy"), Map.of()), OciException.SERVER_ERROR);
    refused(remote(url("private"), Map.of()), OciException.PERMISSION_DENIED);
    refused(remote(url("odd"), Map.of()), OciException.INVALID_ANSWER);
    refused(remote("https://example.com/a", Map.of()), OciException.INVALID_URL);
    refused(
        remote("oci://user:%s@example.com/a".formatted(PASSWORD), Map.of()),
        OciException.INVALID_URL);
    assertThatExceptionOfType(OciException.class)
        .isThrownBy(() -> {
          try (var questions =
              OciQuestions.to(remote(url("slow"), Map.of()), Duration.ofMillis(500))) {
            questions.tags();
          }
        })
        .returns(OciException.TIMED_OUT, OciException::reason);
    release.countDown();
  }

  private static void refused(OciRemote remote, String reason) {
    assertThatExceptionOfType(OciException.class)
        .isThrownBy(() -> {
          try (var questions = OciQuestions.to(remote, DEADLINE)) {
            questions.tags();
          }
        })
        .returns(reason, OciException::reason)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain(PASSWORD, TOKEN));
    assertThat(remote.toString()).doesNotContain(PASSWORD);
  }

  private static OciRemote remote(String url, Map<String, String> secret) {
    return new OciRemote(url, secret, Map.of(), Map.of(), true);
  }

  private Map<String, String> dockerConfig(String password) {
    return Map.of(
        ".dockerconfigjson",
        "{\"auths\": {\"%s\": {\"username\": \"user\", \"password\": \"%s\"}}}"
            .formatted(authority(), password));
  }

  private String authority() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  private String url() {
    return url("web");
  }

  private String url(String name) {
    return "oci://%s/apps/%s".formatted(authority(), name);
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    var bytes = body.getBytes(UTF_8);
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head || bytes.length == 0 ? -1 : bytes.length);
    if (!head && bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
    exchange.close();
  }
}
