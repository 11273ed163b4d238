package dev.tranche.controlplane.notification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.crd.v1alpha1.EventSeverity;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.ModuleStatus;
import dev.tranche.crd.v1alpha1.PendingEvent;
import dev.tranche.crd.v1alpha1.RolloutStatus;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutboxTest {
  private static final Duration TIMEOUT = Duration.ofMillis(300);

  private PlayedReceiver receiver;
  private Outbox outbox;

  @BeforeEach
  void start() throws IOException {
    receiver = PlayedReceiver.start();
    outbox = Outbox.to(receiver.url(), "test", TIMEOUT);
    outbox.start();
  }

  @AfterEach
  void close() {
    outbox.close();
    receiver.close();
  }

  @Test
  void postsAsFluxDoes() throws IOException {
    outbox.handOver(
        module(
            new PendingEvent(
                "id-1",
                Instant.parse("2026-01-02T03:04:05.678Z"),
                EventSeverity.ERROR,
                "RolloutHalted",
                "v2: stage canary failed",
                "v2",
                "canary")));
    eventually().until(() -> receiver.taken().size() == 1);
    assertThat(receiver.contentType()).isEqualTo("application/json");
    assertThat(receiver.taken().getFirst())
        .isEqualTo(
            new ObjectMapper()
                .readTree(
                    """
                    {
                      "involvedObject": {
                        "apiVersion": "fleet.tranche.dev/v1alpha1",
                        "kind": "Module",
                        "namespace": "fleet",
                        "name": "app",
                        "uid": "u",
                        "resourceVersion": "7"
                      },
                      "severity": "error",
                      "timestamp": "2026-01-02T03:04:05Z",
                      "message": "v2: stage canary failed",
                      "reason": "RolloutHalted",
                      "metadata": {
                        "fleet.tranche.dev/revision": "v2",
                        "fleet.tranche.dev/stage": "canary",
                        "fleet.tranche.dev/token": "id-1"
                      },
                      "reportingController": "tranche-controlplane",
                      "reportingInstance": "test"
                    }
                    """));
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 502, 503, 408})
  void triesAgainInTheSameOrder(int status) {
    var tries = new AtomicInteger();
    receiver.answers(event -> tries.incrementAndGet() < 3 ? status : 202);
    outbox.handOver(module(event("a"), event("b"), event("c")));
    eventually().until(() -> receiver.takenReasons().equals(List.of("a", "b", "c")));
    assertThat(receiver.asked()).hasSize(5);
  }

  @Test
  void aReceiverThatIsGoneIsFoundAgain() throws IOException {
    receiver.goAway();
    outbox.handOver(module(event("a"), event("b")));
    outbox.tell(module(), event("c"));
    receiver.comeBack();
    eventually().until(() -> receiver.takenReasons().equals(List.of("a", "b", "c")));
  }

  @Test
  void aReceiverThatHangsHoldsNobodyAndIsTriedAgain() {
    receiver.answers(event -> -1);
    outbox.handOver(module(event("a"), event("b")));
    eventually().until(() -> receiver.asked().size() >= 2);
    receiver.answers(event -> 202);
    eventually().until(() -> receiver.takenReasons().equals(List.of("a", "b")));
  }

  @Test
  void whatTheReceiverHadAlreadyHasArrived() {
    receiver.answers(event -> 429);
    var module = module(event("a"), event("b"));
    outbox.handOver(module);
    eventually().until(() -> outbox.pending(module, List.of()).isEmpty());
    assertThat(receiver.asked()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 400, 401, 404, 413})
  void whatIsRefusedIsNotPostedAgain(int status) {
    receiver.answers(event -> event.path("reason").asText().equals("a") ? status : 202);
    var module = module(event("a"), event("b"));
    outbox.handOver(module);
    eventually().until(() -> outbox.pending(module, List.of()).isEmpty());
    assertThat(receiver.takenReasons()).containsExactly("b");
    assertThat(receiver.asked()).hasSize(2);
  }

  @Test
  void oneThatTheReceiverFailsOnDoesNotHoldTheOthers() {
    receiver.answers(event -> event.path("reason").asText().equals("a") ? 500 : 202);
    outbox.handOver(module(event("a"), event("b"), event("c")));
    eventually().until(() -> receiver.takenReasons().equals(List.of("b", "c")));
    receiver.answers(event -> 202);
    eventually().until(() -> receiver.takenReasons().equals(List.of("b", "c", "a")));
  }

  @Test
  void saysWhenAnEventHasArrivedAndKeepsItNoLonger() {
    var arrived = new CopyOnWriteArrayList<>();
    outbox.onArrival((kind, module) -> arrived.add(kind + " " + module));
    receiver.answers(event -> event.path("reason").asText().equals("a") ? 202 : 503);
    var module = module(event("a"), event("b"));
    outbox.handOver(module);
    eventually().until(() -> arrived.equals(List.of("Module " + new ObjectKey("fleet", "app"))));
    assertThat(outbox.pending(module, List.of(event("c"))))
        .extracting(PendingEvent::id)
        .containsExactly("b", "c");
  }

  @Test
  void isOnItsWayOnlyOnceHoweverOftenItIsHandedOver() {
    receiver.answers(event -> 503);
    var module = module(event("a"));
    outbox.handOver(module);
    eventually().until(() -> !receiver.asked().isEmpty());
    outbox.handOver(module);
    receiver.answers(event -> 202);
    eventually().until(() -> receiver.taken().size() == 1);
    outbox.handOver(module);
    outbox.handOver(module(event("b")));
    eventually().until(() -> receiver.takenReasons().equals(List.of("a", "b")));
  }

  @Test
  void keepsSoManyOfTheNewest() {
    receiver.answers(event -> 503);
    var events =
        IntStream.range(0, Outbox.KEPT).mapToObj(i -> event("e" + i)).toArray(PendingEvent[]::new);
    outbox.handOver(module(events));
    var kept = outbox.pending(module(events), List.of(event("x"), event("y")));
    assertThat(kept).hasSize(Outbox.KEPT);
    assertThat(kept.getFirst().id()).isEqualTo("e2");
    assertThat(kept.getLast().id()).isEqualTo("y");

    outbox.handOver(module(kept.toArray(PendingEvent[]::new)));
    receiver.answers(event -> 202);
    eventually().until(() -> receiver.takenReasons().contains("y"));
    // The very first one may have been on the wire when it was dropped.
    assertThat(receiver.takenReasons())
        .filteredOn(reason -> !reason.equals("e0"))
        .containsExactlyElementsOf(kept.stream().map(PendingEvent::reason).toList());
  }

  @Test
  void whatIsOnItsWayOfAModuleThatIsGoneStillArrives() {
    receiver.answers(event -> 503);
    var module = module(event("a"));
    outbox.handOver(module);
    outbox.forget(module);
    receiver.answers(event -> 202);
    eventually().until(() -> receiver.takenReasons().equals(List.of("a")));
  }

  @Test
  void keepsNothingWithoutAReceiver() {
    try (var closed = Outbox.closed()) {
      closed.start();
      assertThat(closed.pending(module(event("a")), List.of(event("b")))).isEmpty();
      closed.handOver(module(event("a")));
      closed.tell(module(), event("c"));
    }
    assertThat(receiver.asked()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "receiver:80", "ftp://receiver", "http://", "http://joe:secret@receiver"})
  void saysWhatIsNoReceiver(String url) {
    assertThatThrownBy(() -> Outbox.receiver(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("give ")
        .message()
        .doesNotContain("secret");
  }

  private static FleetModule module(PendingEvent... events) {
    var module = new Module();
    module.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("fleet")
            .withName("app")
            .withUid("u")
            .withResourceVersion("7")
            .build());
    module.setStatus(
        new ModuleStatus(
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            new RolloutStatus(null, null, null, null, null, List.of(), null, List.of(events)),
            List.of(),
            List.of()));
    return module;
  }

  private static PendingEvent event(String id) {
    return new PendingEvent(id, Instant.EPOCH, EventSeverity.INFO, id, "it happened", "v1", null);
  }

  private static ConditionFactory eventually() {
    return Awaitility.await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(20));
  }
}
