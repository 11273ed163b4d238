package dev.tranche.controlplane.notification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.assemblage.kube.ObjectKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FluxEventListenerTest {
  private static final String EVENT =
      """
      {"involvedObject": {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "%s",
        "namespace": "fleet", "name": "app"}, "severity": "info", "message": "x", "reason": "y"}
      """;

  private final HttpClient http = HttpClient.newHttpClient();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final Known known = new Known();
  private FluxEventListener listener;

  /** Looks after GitRepositories, and remembers what it was to read again. */
  private static final class Known implements FluxNews {
    private final List<String> read = new CopyOnWriteArrayList<>();

    @Override
    public boolean concerns(String kind, ObjectKey object) {
      return kind.equals("GitRepository");
    }

    @Override
    public void readAgain(String kind, ObjectKey object) {
      read.add(kind + " " + object);
    }
  }

  @BeforeEach
  void start() throws IOException {
    listener =
        FluxEventListener.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), known, timer);
  }

  @AfterEach
  void close() {
    listener.close();
    timer.shutdownNow();
    http.close();
  }

  @Test
  void readsAgainWhatAnEventIsAbout() throws IOException, InterruptedException {
    assertThat(post(EVENT.formatted("GitRepository"))).isEqualTo(202);
    Awaitility.await().until(() -> known.read.equals(List.of("GitRepository fleet/app")));
  }

  @Test
  void leavesAloneWhatIsNoneOfOurs() throws IOException, InterruptedException {
    assertThat(post(EVENT.formatted("Bucket"))).isEqualTo(202);
    assertThat(post(EVENT.formatted("GitRepository"))).isEqualTo(202);
    Awaitility.await().until(() -> !known.read.isEmpty());
    assertThat(known.read).containsExactly("GitRepository fleet/app");
  }

  @Test
  void gathersAFlood() throws IOException, InterruptedException {
    long begun = System.nanoTime();
    for (int i = 0; i < 500; i++) {
      post(EVENT.formatted("GitRepository"));
    }
    var took = Duration.ofNanos(System.nanoTime() - begun);
    assertThat(known.read).hasSizeLessThanOrEqualTo((int) took.toSeconds() + 2);
  }

  @Test
  void refusesWhatIsNoEvent() throws IOException, InterruptedException {
    assertThat(post("")).isEqualTo(400);
    assertThat(post("{")).isEqualTo(400);
    assertThat(post("[]")).isEqualTo(400);
    assertThat(post("{\"involvedObject\": {\"kind\": \"GitRepository\"}}")).isEqualTo(400);
    assertThat(post("\"" + "x".repeat(1 << 20) + "\"")).isEqualTo(413);
    assertThat(send(request().GET())).isEqualTo(405);
    assertThat(send(request().method("HEAD", BodyPublishers.noBody()))).isEqualTo(405);
    assertThat(known.read).isEmpty();
  }

  private int post(String body) throws IOException, InterruptedException {
    return send(request().POST(BodyPublishers.ofString(body)));
  }

  private HttpRequest.Builder request() {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + "/"));
  }

  private int send(HttpRequest.Builder request) throws IOException, InterruptedException {
    return http.send(request.build(), BodyHandlers.discarding()).statusCode();
  }
}
