package dev.tranche.controlplane.connection;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.tranche.controlplane.kubeconfig.ApiServerAccess;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is at the other end, a call ends in time, with a reason that says what it was. */
class ChannelTest {
  private static final Duration DEADLINE = Duration.ofSeconds(2);
  private static final char[] PASSWORD = "changeit".toCharArray();

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch end = new CountDownLatch(1);
  private final Transport transport = new Transport();
  @TempDir Path folder;
  private HttpsServer server;
  private String authority;
  private volatile HttpHandler handler = HttpExchange::close;

  @BeforeEach
  void start() throws IOException, GeneralSecurityException, InterruptedException {
    var keys = identity("server");
    authority = pem(keys);
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD);
    var tls = SSLContext.getInstance("TLS");
    tls.init(managers.getKeyManagers(), null, null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    server.setExecutor(threads);
    server.createContext("/", exchange -> handler.handle(exchange));
    server.start();
  }

  @AfterEach
  void stop() {
    end.countDown();
    server.stop(0);
    threads.shutdownNow();
    transport.close();
  }

  @Test
  void anApiServerIsKnownByItsVersion() {
    answers(200, "{\"gitVersion\":\"v1.36.3\"}");
    try (var channel = open(authority)) {
      Api.requireVersion(version(channel), channel.access());
      answers(403, "{\"kind\":\"Status\"}");
      Api.requireVersion(version(channel), channel.access());
      answers(200, "<html>Welcome</html>");
      assertThat(reasonOf(() -> Api.requireVersion(version(channel), channel.access())))
          .isEqualTo("NotAnApiServer");
      answers(502, "<html>Bad gateway</html>");
      assertThat(reasonOf(() -> Api.requireVersion(version(channel), channel.access())))
          .isEqualTo("ServerError");
    }
  }

  @Test
  void itsWordsAreRepeatedWithoutCredentials() {
    try (var channel = open(authority)) {
      answers(401, "{\"kind\":\"Status\",\"message\":\"token s3cret has expired\"}");
      assertThat(Api.refusal(version(channel), channel.access()))
          .satisfies(refusal -> {
            assertThat(refusal.reason()).isEqualTo("Unauthorized");
            assertThat(refusal.sentence()).doesNotContain("s3cret");
          });
      answers(403, "{\"kind\":\"Status\",\"message\":\"token s3cret may not\"}");
      assertThat(Api.refusal(version(channel), channel.access()).sentence())
          .doesNotContain("s3cret");
      answers(403, "{\"kind\":\"Status\",\"message\":\"nodes is forbidden\"}");
      assertThat(Api.refusal(version(channel), channel.access()).sentence())
          .contains("nodes is forbidden");
    }
  }

  @Test
  void whatNeverEndsEndsAtTheDeadline() {
    handler =
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          drip(exchange, "x");
        };
    try (var channel = open(authority)) {
      long begin = System.nanoTime();
      assertThat(reasonOf(() -> version(channel))).isEqualTo("NoAnswer");
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(DEADLINE.multipliedBy(3));
    }
  }

  @Test
  void whatIsTooLargeIsNotRead() {
    handler =
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          flood(exchange);
        };
    try (var channel = open(authority)) {
      assertThat(reasonOf(() -> version(channel))).isEqualTo("AnswerTooLarge");
      assertThat(
              reasonOf(() -> {
                try (var lines = channel.stream("/watch", DEADLINE)) {
                  lines.next(DEADLINE);
                }
              }))
          .isEqualTo("AnswerTooLarge");
    }
  }

  @Test
  void aStreamIsReadLineByLine() throws InterruptedException {
    handler =
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          try (var body = exchange.getResponseBody()) {
            body.write("one\ntw".getBytes(UTF_8));
            body.flush();
            body.write("o\n\nthree".getBytes(UTF_8));
          }
        };
    try (var channel = open(authority);
        var lines = channel.stream("/watch", DEADLINE)) {
      assertThat(lines.next(DEADLINE)).asString(UTF_8).isEqualTo("one");
      assertThat(lines.next(DEADLINE)).asString(UTF_8).isEqualTo("two");
      assertThat(lines.next(DEADLINE)).asString(UTF_8).isEmpty();
      assertThat(lines.next(DEADLINE)).isNull();
    }
  }

  @Test
  void anotherCertificateIsNotTrusted()
      throws IOException, GeneralSecurityException, InterruptedException {
    answers(200, "{\"gitVersion\":\"v1.36.3\"}");
    try (var channel = open(pem(identity("other")))) {
      assertThat(reasonOf(() -> version(channel))).isEqualTo("TlsFailed");
    }
    // Nor is one of an authority that this JVM does not know.
    try (var channel = open(null)) {
      assertThat(reasonOf(() -> version(channel))).isEqualTo("TlsFailed");
    }
  }

  private static String reasonOf(ThrowingCallable what) {
    return catchThrowableOfType(ConnectionException.class, what).reason();
  }

  private static Answer version(Channel channel) {
    return channel.call(HttpMethod.GET, Api.VERSION, null, null, DEADLINE);
  }

  private Channel open(@Nullable String authorityPem) {
    return transport.open(
        new ApiServerAccess(
            URI.create("https://127.0.0.1:" + server.getAddress().getPort()),
            null,
            null,
            authorityPem,
            null,
            null,
            "Bearer s3cret",
            Map.of()));
  }

  private void answers(int code, String body) {
    handler =
        exchange -> {
          var bytes = body.getBytes(UTF_8);
          exchange.sendResponseHeaders(code, bytes.length);
          try (var out = exchange.getResponseBody()) {
            out.write(bytes);
          }
        };
  }

  private void drip(HttpExchange exchange, String drop) throws IOException {
    try (var body = exchange.getResponseBody()) {
      while (!end.await(50, TimeUnit.MILLISECONDS)) {
        body.write(drop.getBytes(UTF_8));
        body.flush();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void flood(HttpExchange exchange) throws IOException {
    var much = new byte[64 * 1024];
    try (var body = exchange.getResponseBody()) {
      while (end.getCount() > 0) {
        body.write(much);
      }
    }
  }

  private KeyStore identity(String name)
      throws IOException, GeneralSecurityException, InterruptedException {
    var file = folder.resolve(name + ".p12");
    var keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "san=ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-storepass",
                String.valueOf(PASSWORD),
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(keytool.waitFor()).isZero();
    return KeyStore.getInstance(file.toFile(), PASSWORD);
  }

  private static String pem(KeyStore keys) throws GeneralSecurityException {
    var certificate = keys.getCertificate(keys.aliases().nextElement()).getEncoded();
    return "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n"
        .formatted(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate));
  }
}
