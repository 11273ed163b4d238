package dev.tranche.controlplane.notification;

import java.net.ConnectException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Where events are posted to. */
final class EventReceiver implements AutoCloseable {
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int REQUEST_TIMEOUT = 408;

  private final URI url;
  private final Duration timeout;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClient client;

  /** What became of a post. */
  sealed interface Answer {
    /** It has the event, now or already before. */
    record Taken() implements Answer {}

    /** It does not want the event, and will not another time. */
    record Refused(int status) implements Answer {}

    /** It could not take this event, though it answers. */
    record Failed(String why) implements Answer {}

    /** It can take no event at the moment. */
    record Away(String why) implements Answer {}
  }

  EventReceiver(URI url, Duration timeout) {
    this.url = url;
    this.timeout = timeout;
    // Upgrading to HTTP/2 is what some receivers do not get along with.
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(timeout)
            .executor(executor)
            .build();
  }

  /**
   * The address of a receiver.
   *
   * @throws IllegalArgumentException where it is none; the message says what to give
   */
  static URI url(String text) {
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("give an http or https URL", e);
    }
    if (url.getHost() == null
        || !("http".equalsIgnoreCase(url.getScheme())
            || "https".equalsIgnoreCase(url.getScheme()))) {
      throw new IllegalArgumentException("give an http or https URL");
    }
    if (url.getRawUserInfo() != null) {
      throw new IllegalArgumentException(
          "give it without a user name or password: everybody on the machine can read options");
    }
    return url;
  }

  /** Without path and query, which may hold a secret. */
  String name() {
    return url.getScheme() + "://" + url.getRawAuthority();
  }

  /** Posts a JSON document; waits for no longer than the time limit. */
  Answer post(byte[] event) throws InterruptedException {
    var request =
        HttpRequest.newBuilder(url)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(event))
            .build();
    var answer = client.sendAsync(request, BodyHandlers.discarding());
    try {
      // The client's own limit ends with the headers; a body may take forever.
      return judge(answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS).statusCode());
    } catch (TimeoutException e) {
      return new Answer.Away("no answer within %d s".formatted(timeout.toSeconds()));
    } catch (ExecutionException e) {
      // Of a refused connection the client says no more than the class.
      return new Answer.Away(
          e.getCause() instanceof ConnectException
              ? "no connection"
              : String.valueOf(e.getCause()));
    } finally {
      answer.cancel(true);
    }
  }

  private static Answer judge(int status) {
    if (status / 100 == 2 || status == TOO_MANY_REQUESTS) {
      return new Answer.Taken();
    }
    return switch (status) {
      case 502, 503, 504, REQUEST_TIMEOUT -> new Answer.Away("HTTP status " + status);
      default ->
          status >= 500 ? new Answer.Failed("HTTP status " + status) : new Answer.Refused(status);
    };
  }

  @Override
  public void close() {
    client.shutdownNow();
    executor.shutdownNow();
  }
}
