package dev.tranche.controlplane.check;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.server.Secrets;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Asks one Prometheus after another over its HTTP API. Whatever comes of it is an answer; only an
 * interrupt is not.
 */
final class PrometheusApi implements AutoCloseable {
  private static final int LARGEST_BODY = 1 << 20;
  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .readerFor(JsonNode.class);

  private final Secrets secrets;
  private final Clock clock;
  private final Duration timeout;
  private final Executor executor;
  private final HttpClient trustingEverybodys;

  /**
   * Asks with these.
   *
   * @param timeout how long one question may take in all
   * @param executor runs what the HTTP clients do beside; ended by its owner
   */
  PrometheusApi(Secrets secrets, Clock clock, Duration timeout, Executor executor) {
    this.secrets = secrets;
    this.clock = clock;
    this.timeout = timeout;
    this.executor = executor;
    this.trustingEverybodys = client().build();
  }

  /** Asks once. */
  CheckAnswer ask(PrometheusQuery query) throws InterruptedException {
    var at = clock.instant();
    try {
      var url = url(query.address());
      var credentials = query.secret() == null ? Credentials.NONE : credentials(query.secret());
      var body = body(url, query, credentials);
      var threshold = new Threshold(query.min(), query.max(), credentials::quote);
      return switch (threshold.judge(body)) {
        case Threshold.Verdict.Within _ -> new CheckAnswer.Passed(at);
        case Threshold.Verdict.Outside(var sentence) -> new CheckAnswer.NotPassed(at, sentence);
        case Threshold.Verdict.Nothing(var sentence) -> new CheckAnswer.NoAnswer(at, sentence);
      };
    } catch (UnanswerableException e) {
      return new CheckAnswer.NoAnswer(at, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void close() {
    trustingEverybodys.shutdownNow();
  }

  private static URI url(String address) {
    URI base;
    try {
      base = new URI(address);
    } catch (URISyntaxException e) {
      // What it is instead may contain a password, and is not repeated.
      throw new UnanswerableException("the address of the check is no URL");
    }
    if (base.getHost() == null
        || !("http".equalsIgnoreCase(base.getScheme())
            || "https".equalsIgnoreCase(base.getScheme()))) {
      throw new UnanswerableException("the address of the check is no http or https URL");
    }
    if (base.getRawUserInfo() != null) {
      throw new UnanswerableException(
          "the address of the check contains a user name; put it and the password into a Secret"
              + " and name that in secretRef");
    }
    if (base.getRawQuery() != null || base.getRawFragment() != null) {
      throw new UnanswerableException(
          "the address of the check ends with a query or a fragment; only a path may follow the"
              + " host");
    }
    return URI.create(address.replaceFirst("/+$", "") + "/api/v1/query");
  }

  private Credentials credentials(ObjectKey secret) {
    return Credentials.of(
        secret,
        secrets
            .read(secret)
            .orElseThrow(
                () -> new UnanswerableException("Secret %s is not there".formatted(secret))));
  }

  private JsonNode body(URI url, PrometheusQuery query, Credentials credentials)
      throws InterruptedException {
    var ca = credentials.ca();
    if (ca == null) {
      return body(trustingEverybodys, url, query, credentials);
    }
    var client = client().sslContext(trusting(ca, query.secret())).build();
    try {
      return body(client, url, query, credentials);
    } finally {
      client.shutdownNow();
    }
  }

  private JsonNode body(HttpClient client, URI url, PrometheusQuery query, Credentials credentials)
      throws InterruptedException {
    var request = HttpRequest.newBuilder(url).timeout(timeout);
    request.header("Content-Type", "application/x-www-form-urlencoded");
    request.header("Accept", "application/json");
    if (credentials.authorization() != null) {
      request.header("Authorization", credentials.authorization());
    }
    // The server gives up when nobody waits for it any more.
    var form =
        "query=%s&timeout=%dms"
            .formatted(URLEncoder.encode(query.query(), UTF_8), timeout.toMillis());
    request.POST(BodyPublishers.ofString(form));
    return read(url, query, credentials, send(client, request.build(), credentials));
  }

  private HttpResponse<byte[]> send(HttpClient client, HttpRequest request, Credentials credentials)
      throws InterruptedException {
    var answer =
        client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST_BODY));
    try {
      // The request's own timeout ends with the headers.
      return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw unanswered(request.uri(), "nothing within %d s".formatted(timeout.toSeconds()));
    } catch (ExecutionException e) {
      throw unanswered(request.uri(), trouble(e, credentials));
    } finally {
      answer.cancel(true);
    }
  }

  private String trouble(ExecutionException failure, Credentials credentials) {
    var causes =
        Stream.<Throwable>iterate(failure.getCause(), cause -> cause != null, Throwable::getCause)
            .limit(20)
            .toList();
    for (var cause : causes.reversed()) {
      switch (cause) {
        case UnresolvedAddressException _ -> {
          return "its name is not known here";
        }
        case HttpTimeoutException _ -> {
          return "nothing within %d s".formatted(timeout.toSeconds());
        }
        case SSLException e -> {
          return "no trusted connection: " + credentials.quote(String.valueOf(e.getMessage()));
        }
        case ConnectException _ -> {
          return "connection refused";
        }
        default -> {}
      }
    }
    var first = causes.getFirst();
    return credentials.quote(
        first.getMessage() == null ? first.getClass().getSimpleName() : first.getMessage());
  }

  private static JsonNode read(
      URI url, PrometheusQuery query, Credentials credentials, HttpResponse<byte[]> answer) {
    var status = answer.statusCode();
    if (status / 100 == 3) {
      throw new UnanswerableException(
          "%s answered with a redirect (%d), which a check does not follow"
              .formatted(origin(url), status));
    }
    if (status == 401 || status == 403) {
      throw new UnanswerableException(
          query.secret() == null
              ? "%s asks for credentials (%d): name a Secret in secretRef"
                  .formatted(origin(url), status)
              : "%s does not accept the credentials of Secret %s (%d)"
                  .formatted(origin(url), query.secret(), status));
    }
    var body = json(answer.body());
    // Prometheus says also with 4xx and 5xx, in JSON, what is wrong with a query.
    var error = body.path("error").asText();
    if (!error.isEmpty()) {
      throw new UnanswerableException(
          "%s answered with an error (%d): %s"
              .formatted(origin(url), status, credentials.quote(error)));
    }
    if (status != 200) {
      throw new UnanswerableException("%s answered with %d".formatted(origin(url), status));
    }
    if (!body.path("status").asText().equals("success")) {
      throw new UnanswerableException(
          "%s did not answer as Prometheus does; is the address right?".formatted(origin(url)));
    }
    return body;
  }

  /** Missing where it is no JSON. */
  private static JsonNode json(byte[] body) {
    try {
      return JSON.readTree(body);
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }

  private static UnanswerableException unanswered(URI url, String why) {
    return new UnanswerableException("%s did not answer: %s".formatted(origin(url), why));
  }

  private static String origin(URI url) {
    return url.toString().replaceFirst("/api/v1/query$", "");
  }

  private HttpClient.Builder client() {
    // HTTP/1.1, so that no question shares its connection with another.
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(timeout)
        .executor(executor);
  }

  private static SSLContext trusting(String pem, @Nullable ObjectKey secret) {
    try {
      var certificates =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem.getBytes(UTF_8)));
      if (certificates.isEmpty()) {
        throw new GeneralSecurityException("no certificate");
      }
      var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      for (var certificate : certificates) {
        trusted.setCertificateEntry("ca-" + trusted.size(), certificate);
      }
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      var context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new UnanswerableException(
          "ca.crt of Secret %s holds no certificates in PEM".formatted(secret));
    }
  }
}
