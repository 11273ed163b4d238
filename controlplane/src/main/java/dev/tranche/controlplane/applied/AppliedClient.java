package dev.tranche.controlplane.applied;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Asks a control plane one question again and again. */
final class AppliedClient implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int LARGEST_BODY = 1 << 20;

  /** One replica works; a load balancer finds it after a few tries. */
  private static final int TRIES_ON_STANDBY = 10;

  private static final Duration BETWEEN_TRIES = Duration.ofMillis(300);

  private final URI question;
  private final String token;
  private final HttpClient http;
  private final ObjectMapper json = new ObjectMapper();

  AppliedClient(URI question, String token) {
    if (!token.matches("[\\x21-\\x7e]+")) {
      throw new IllegalStateException("the token is empty, or not one line of plain characters");
    }
    this.question = question;
    this.token = token;
    http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
  }

  /** What came of asking. */
  sealed interface Answer {
    /** Whether it may be another one later. */
    boolean mayChange();
  }

  /** What the control plane says. */
  record Said(AppliedState state, String message) implements Answer {
    @Override
    public boolean mayChange() {
      return state != AppliedState.APPLIED;
    }
  }

  /** That it said nothing. */
  record NotAsked(String why, boolean mayChange) implements Answer {}

  /**
   * Asks once.
   *
   * @param cluster the only one that matters; null where all do
   */
  Answer ask(@Nullable String cluster) throws InterruptedException {
    var answer = once(cluster);
    for (int tries = 1;
        tries < TRIES_ON_STANDBY && answer instanceof NotAsked(var _, boolean later) && later;
        tries++) {
      Thread.sleep(BETWEEN_TRIES);
      answer = once(cluster);
    }
    return answer;
  }

  private Answer once(@Nullable String cluster) throws InterruptedException {
    var request =
        HttpRequest.newBuilder(question)
            .header("Authorization", "Bearer " + token)
            .header("Accept", "application/json")
            .GET()
            .build();
    var asked =
        http.sendAsync(request, BodyHandlers.ofInputStream())
            .thenApply(response -> {
              try (var body = response.body()) {
                return judge(response.statusCode(), read(body), cluster);
              } catch (IOException e) {
                return new NotAsked("the answer of %s broke off".formatted(server()), true);
              }
            });
    try {
      return asked.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      asked.cancel(true);
      return new NotAsked(
          "%s did not answer within %d s".formatted(server(), TIMEOUT.toSeconds()), true);
    } catch (ExecutionException e) {
      return new NotAsked("%s cannot be reached: %s".formatted(server(), why(e.getCause())), true);
    }
  }

  /** The client says of most of them no more than their class. */
  private static String why(@Nullable Throwable problem) {
    for (var cause = problem; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnresolvedAddressException) {
        return "its host name is not known";
      }
    }
    if (problem instanceof ConnectException) {
      return "the connection is refused";
    }
    return problem == null || problem.getMessage() == null ? "no connection" : problem.getMessage();
  }

  private @Nullable JsonNode read(InputStream body) {
    try {
      return json.readTree(body.readNBytes(LARGEST_BODY));
    } catch (IOException e) {
      return null;
    }
  }

  private Answer judge(int status, @Nullable JsonNode body, @Nullable String cluster) {
    if (body == null || !body.isObject() || !body.path("message").isTextual()) {
      return new NotAsked(
          "%s is no control plane of Tranche: HTTP status %d".formatted(server(), status),
          status >= 500);
    }
    var message = body.path("message").asText();
    if (status != 200) {
      return new NotAsked(
          "%s (HTTP status %d)".formatted(message, status), status >= 500 || status == 429);
    }
    if (cluster == null) {
      return said(body, message + counts(body.path("counts")));
    }
    var row = body.path("clusters").path(0);
    return row.path("cluster").asText().equals(cluster)
        ? said(row, row.path("message").asText())
        : new Said(AppliedState.UNKNOWN, "the module does not select a cluster " + cluster);
  }

  private Answer said(JsonNode node, String message) {
    try {
      var word = node.path("state").asText().toUpperCase(Locale.ROOT);
      return new Said(AppliedState.valueOf(word), message);
    } catch (IllegalArgumentException e) {
      return new NotAsked(
          server() + " is another version: it answers with an unknown state", false);
    }
  }

  private static String counts(JsonNode counts) {
    return " (clusters: %d applied, %d pending, %d unknown)"
        .formatted(
            counts.path("applied").asLong(),
            counts.path("pending").asLong(),
            counts.path("unknown").asLong());
  }

  private String server() {
    return question.getScheme() + "://" + question.getRawAuthority();
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
