package dev.tranche.controlplane.check;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.check.CheckAnswer.NoAnswer;
import dev.tranche.controlplane.check.CheckAnswer.NotPassed;
import dev.tranche.controlplane.check.CheckAnswer.Passed;
import dev.tranche.controlplane.server.Secrets;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class PrometheusApiTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
  private static final ObjectKey SECRET = new ObjectKey("fleet", "prometheus");

  private final Map<ObjectKey, Map<String, String>> secrets = new HashMap<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final MisbehavingServer server = MisbehavingServer.start();
  private PrometheusApi api = api(Duration.ofSeconds(10));

  @TempDir private Path folder;

  @AfterEach
  void end() {
    api.close();
    server.close();
    threads.shutdownNow();
  }

  @Test
  void asksAsPrometheusWants() throws Exception {
    server.answersScalar("1");
    var address = server.address() + "/prefix/";
    var query = new PrometheusQuery(address, "a{b=\"c&d\"} + 1", null, BigDecimal.TEN, null);
    assertThat(api.ask(query)).isEqualTo(new Passed(NOW));
    var request = server.requests().getFirst();
    assertThat(request.method()).isEqualTo("POST");
    assertThat(request.path()).isEqualTo("/prefix/api/v1/query");
    assertThat(request.headers().getFirst("Content-Type"))
        .isEqualTo("application/x-www-form-urlencoded");
    assertThat(request.body()).startsWith("query=a%7Bb%3D%22c%26d%22%7D+%2B+1&");
    assertThat(request.headers()).doesNotContainKey("Authorization");
  }

  @Test
  void tellsWhatIsOutside() throws Exception {
    server.answersScalar("11");
    assertThat(ask()).isEqualTo(new NotPassed(NOW, "max is 10, and the value is 11"));
  }

  static Stream<Arguments> misbehaviour() {
    return Stream.of(
        misbehaves("500", s -> s.answers(500, ""), "answered with 500"),
        misbehaves(
            "page",
            s -> s.answers(200, "<html>Log in</html>"),
            "did not answer as Prometheus does"),
        misbehaves("empty", s -> s.answers(200, ""), "did not answer as Prometheus does"),
        misbehaves("other JSON", s -> s.answers(200, "{}"), "did not answer as Prometheus does"),
        misbehaves(
            "a passing answer with a wrong status",
            s ->
                s.answers(
                    503,
                    "{\"status\": \"success\","
                        + " \"data\": {\"resultType\": \"scalar\", \"result\": [1, \"1\"]}}"),
            "answered with 503"),
        misbehaves(
            "more behind the answer",
            s ->
                s.answers(
                    200,
                    "{\"status\": \"success\","
                        + " \"data\": {\"resultType\": \"scalar\", \"result\": [1, \"1\"]}} {}"),
            "did not answer as Prometheus does"),
        misbehaves(
            "error",
            s ->
                s.answers(
                    400,
                    "{\"status\": \"error\", \"errorType\": \"bad_data\","
                        + " \"error\": \"1:3: parse error:\\n unexpected end\"}"),
            "answered with an error (400): 1:3: parse error: unexpected end"),
        misbehaves(
            "error with status 200",
            s -> s.answers(200, "{\"status\": \"error\", \"error\": \"too many samples\"}"),
            "answered with an error (200): too many samples"),
        misbehaves(
            "401",
            s -> s.answers(401, "Unauthorized"),
            "asks for credentials (401): name a Secret in secretRef"),
        misbehaves(
            "redirect",
            s -> s.redirectsTo("http://localhost:1/login"),
            "answered with a redirect (307), which a check does not follow"),
        misbehaves("too much", MisbehavingServer::answersTooMuch, "did not answer: "),
        misbehaves("hangs up", MisbehavingServer::hangsUp, "did not answer: "));
  }

  @ParameterizedTest
  @MethodSource("misbehaviour")
  void isNoAnswer(Consumer<MisbehavingServer> misbehaviour, String message) throws Exception {
    misbehaviour.accept(server);
    assertThat(noAnswer(query(null))).startsWith(server.address() + " " + message);
    assertThat(server.requests()).hasSize(1);
  }

  @Test
  void waitsForNoServerThatHangs() throws Exception {
    api.close();
    api = api(Duration.ofSeconds(1));
    server.hangs();
    assertThat(noAnswer(query(null)))
        .isEqualTo(server.address() + " did not answer: nothing within 1 s");
    server.hangsInTheMiddle();
    assertThat(noAnswer(query(null)))
        .isEqualTo(server.address() + " did not answer: nothing within 1 s");
  }

  @Test
  void connectionRefused() throws Exception {
    server.close();
    assertThat(noAnswer(query(null)))
        .isEqualTo(server.address() + " did not answer: connection refused");
  }

  @Test
  void hostUnknown() throws Exception {
    var query = new PrometheusQuery("http://nowhere.invalid", "up", null, BigDecimal.TEN, null);
    assertThat(noAnswer(query))
        .isEqualTo("http://nowhere.invalid did not answer: its name is not known here");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ftp://host                  | is no http or https URL
          host:9090                   | is no http or https URL
          /path                       | is no http or https URL
          ''                          | is no http or https URL
          http://                     | is no URL
          http://hunter2 x            | is no URL
          http://me:hunter2@127.0.0.1 | contains a user name
          http://127.0.0.1/?a=hunter2 | ends with a query or a fragment
          """)
  void refusesAnAddressWithoutRepeatingIt(String address, String message) throws Exception {
    assertThat(noAnswer(new PrometheusQuery(address, "up", null, BigDecimal.TEN, null)))
        .startsWith("the address of the check " + message)
        .doesNotContain("hunter2");
  }

  @Test
  void showsTheTokenOfASecretAsItIsNow() throws Exception {
    server.answersScalar("1");
    secrets.put(SECRET, Map.of("token", "first\n"));
    assertThat(api.ask(query(SECRET))).isEqualTo(new Passed(NOW));
    secrets.put(SECRET, Map.of("token", "second"));
    assertThat(api.ask(query(SECRET))).isEqualTo(new Passed(NOW));
    assertThat(server.requests())
        .extracting(request -> request.headers().getFirst("Authorization"))
        .containsExactly("Bearer first", "Bearer second");
  }

  @Test
  void showsUsernameAndPassword() throws Exception {
    server.answersScalar("1");
    secrets.put(SECRET, Map.of("username", "me", "password", "hünter2"));
    assertThat(api.ask(query(SECRET))).isEqualTo(new Passed(NOW));
    assertThat(server.requests().getFirst().headers().getFirst("Authorization"))
        .isEqualTo("Basic " + Base64.getEncoder().encodeToString("me:hünter2".getBytes(UTF_8)));
  }

  @Test
  void saysWhatIsWrongWithASecret() throws Exception {
    server.answersScalar("1");
    assertThat(noAnswer(query(SECRET))).isEqualTo("Secret fleet/prometheus is not there");
    secrets.put(SECRET, Map.of("value", "x"));
    assertThat(noAnswer(query(SECRET)))
        .isEqualTo(
            "Secret fleet/prometheus has none of the keys token, username, password and ca.crt");
    secrets.put(SECRET, Map.of("username", "me"));
    assertThat(noAnswer(query(SECRET)))
        .isEqualTo("Secret fleet/prometheus has only one of the keys username and password");
    secrets.put(SECRET, Map.of("token", "hunter2\r\nX-Admin: true"));
    assertThat(noAnswer(query(SECRET)))
        .isEqualTo(
            "token of Secret fleet/prometheus is empty or has characters that a header cannot"
                + " carry");
    secrets.put(SECRET, Map.of("token", "x", "ca.crt", "no certificate"));
    assertThat(noAnswer(query(SECRET)))
        .isEqualTo("ca.crt of Secret fleet/prometheus holds no certificates in PEM");
    assertThat(server.requests()).isEmpty();

    secrets.put(SECRET, Map.of("token", "hunter2"));
    server.answers(403, "{\"error\": \"hunter2 may not\"}");
    assertThat(noAnswer(query(SECRET)))
        .isEqualTo(
            server.address() + " does not accept the credentials of Secret fleet/prometheus (403)");
  }

  @Test
  void repeatsNoSecretThatAServerRepeats() throws Exception {
    var password = "correct-horse-battery-staple";
    secrets.put(SECRET, Map.of("username", "me", "password", password));
    var basic = Base64.getEncoder().encodeToString(("me:" + password).getBytes(UTF_8));
    server.answers(
        400,
        "{\"status\": \"error\", \"error\": \"%s, Basic %s\"}"
            .formatted("x".repeat(180) + password, basic));
    assertThat(noAnswer(query(SECRET))).doesNotContain("correct", basic.substring(0, 5));
    server.answers(
        200,
        ("{\"status\": \"success\", \"data\": {\"resultType\": \"vector\", \"result\":"
                + " [{\"metric\": {\"a\": \"%s\"}, \"value\": [1, \"11\"]}]}}")
            .formatted(password));
    assertThat(api.ask(query(SECRET)))
        .isEqualTo(new NotPassed(NOW, "max is 10, and {a=\"…\"} is 11"));
  }

  @Test
  void trustsTheCertificatesOfTheSecret() throws Exception {
    var keys = selfSigned();
    var pem =
        "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n"
            .formatted(
                Base64.getMimeEncoder().encodeToString(keys.getCertificate("server").getEncoded()));
    var https = HttpsServer.create(MisbehavingServer.loopback(), 0);
    https.setHttpsConfigurator(new HttpsConfigurator(context(keys)));
    try (var secure = MisbehavingServer.start(https)) {
      secure.answersScalar("1");
      var address = "https://127.0.0.1:" + secure.port();
      var query = new PrometheusQuery(address, "up", null, BigDecimal.TEN, SECRET);
      secrets.put(SECRET, Map.of("token", "t"));
      assertThat(noAnswer(query)).startsWith(address + " did not answer: no trusted connection: ");
      assertThat(secure.requests()).isEmpty();
      secrets.put(SECRET, Map.of("token", "t", "ca.crt", pem));
      assertThat(api.ask(query)).isEqualTo(new Passed(NOW));
      secrets.put(SECRET, Map.of("ca.crt", pem));
      assertThat(api.ask(query)).isEqualTo(new Passed(NOW));
      // No other name than those in the certificate.
      var localhost = "https://localhost:" + secure.port();
      assertThat(noAnswer(new PrometheusQuery(localhost, "up", null, BigDecimal.TEN, SECRET)))
          .startsWith(localhost + " did not answer: no trusted connection: ");
    }
  }

  private static Arguments misbehaves(
      String name, Consumer<MisbehavingServer> misbehaviour, String message) {
    return Arguments.of(Named.of(name, misbehaviour), message);
  }

  private PrometheusApi api(Duration timeout) {
    Secrets lookup = secret -> Optional.ofNullable(secrets.get(secret));
    return new PrometheusApi(lookup, Clock.fixed(NOW, ZoneOffset.UTC), timeout, threads);
  }

  private PrometheusQuery query(@Nullable ObjectKey secret) {
    return new PrometheusQuery(server.address(), "up", null, BigDecimal.TEN, secret);
  }

  private CheckAnswer ask() throws InterruptedException {
    return api.ask(query(null));
  }

  private String noAnswer(PrometheusQuery query) throws InterruptedException {
    var answer = api.ask(query);
    assertThat(answer).isInstanceOf(NoAnswer.class);
    return ((NoAnswer) answer).message();
  }

  private KeyStore selfSigned() throws Exception {
    var file = folder.resolve("keys");
    var keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=server",
                "-ext",
                "san=ip:127.0.0.1",
                "-storepass",
                "password",
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .start();
    var said = new String(keytool.getInputStream().readAllBytes(), UTF_8);
    assertThat(keytool.waitFor()).as(said).isZero();
    var keys = KeyStore.getInstance("PKCS12");
    try (InputStream content = Files.newInputStream(file)) {
      keys.load(content, "password".toCharArray());
    }
    return keys;
  }

  private static SSLContext context(KeyStore keys) throws Exception {
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, "password".toCharArray());
    var context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }
}
