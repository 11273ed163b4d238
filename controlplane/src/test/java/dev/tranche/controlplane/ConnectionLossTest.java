package dev.tranche.controlplane;

import static dev.tranche.controlplane.FleetObserver.summary;
import static dev.tranche.controlplane.ProxyFleet.entry;
import static dev.tranche.controlplane.ProxyFleet.within;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.WorkloadCluster;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A cluster that is gone for a while is noticed, holds nobody up, and is found when it is back. */
@FleetTest
class ConnectionLossTest {
  private static final Duration UNREACHABLE_AFTER = Duration.ofSeconds(10);

  /** The threshold, and what a busy machine takes to write it down. */
  private static final Duration NOTICED_WITHIN = UNREACHABLE_AFTER.plusSeconds(5);

  private static final Duration BACK_WITHIN = Duration.ofSeconds(5);

  /** A way in which a cluster is lost, and how it comes back. */
  record Loss(String name, Function<WorkloadCluster, Runnable> lose, Set<String> reasons) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Loss> losses() {
    return Stream.of(
        new Loss(
            "killed",
            cluster -> {
              cluster.kill();
              return cluster::restart;
            },
            Set.of("ConnectionRefused")),
        new Loss(
            "hung",
            cluster -> {
              cluster.hang();
              return cluster::resume;
            },
            Set.of("NoAnswer")),
        new Loss(
            "replaced by something that speaks garbage",
            cluster -> {
              cluster.kill();
              var other = impostor(cluster, "SSH-2.0-OpenSSH_9.9\r\n");
              return () -> {
                other.close();
                cluster.restart();
              };
            },
            Set.of("NotAnApiServer")),
        new Loss(
            "replaced by something that accepts and says nothing",
            cluster -> {
              cluster.kill();
              var other = impostor(cluster, "");
              return () -> {
                other.close();
                cluster.restart();
              };
            },
            Set.of("NoAnswer")));
  }

  @ParameterizedTest
  @MethodSource("losses")
  void isNoticedAndHoldsNobodyUp(Loss loss, Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var lost = fleet.startCluster("lost");
    losesAndFinds(loss, lost, lost.kubeconfigYaml(), fleet, namespace);
  }

  @Test
  void oneThatIsSlowIsNoticedAndHoldsNobodyUp(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var slow = fleet.startCluster("lost");
    try (var relay = Relay.to(slow)) {
      var loss =
          new Loss(
              "slow",
              _ -> {
                relay.slow(true);
                return () -> relay.slow(false);
              },
              Set.of("NoAnswer"));
      losesAndFinds(loss, slow, relay.kubeconfigYaml(), fleet, namespace);
    }
  }

  private static void losesAndFinds(
      Loss loss, WorkloadCluster lost, String kubeconfig, Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha).on(lost);
    var hub = TestFleet.in(namespace);
    var proxies = new ProxyFleet(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name(), UNREACHABLE_AFTER)) {
      proxies.enrol("alpha", alpha);
      proxies.prepare(lost);
      hub.cluster("lost", Map.of());
      hub.kubeconfig("lost", kubeconfig);
      hub.initialise("lost");
      for (var cluster : List.of("alpha", "lost")) {
        proxies.assign(cluster, entry("one", "r1"));
      }
      proxies.awaitWritten(alpha, "alpha", "Other/one r1");
      proxies.awaitWritten(lost, "lost", "Other/one r1");
      proxies.agentSucceeds(alpha, "alpha");
      proxies.agentSucceeds(lost, "lost");
      proxies.awaitReady("alpha");
      proxies.awaitReady("lost");

      var begin = Instant.now();
      var back = loss.lose().apply(lost);
      proxies.assign("lost", entry("one", "r2"));
      // Nobody else waits for it.
      proxies.assign("alpha", entry("one", "r2"));
      within(Duration.ofSeconds(2))
          .untilAsserted(() ->
              assertThat(ProxyFleet.entries(proxies.assemblage(alpha, "alpha")))
                  .containsExactly("Other/one r2"));
      proxies.agentSucceeds(alpha, "alpha");
      within(Duration.ofSeconds(2))
          .untilAsserted(() -> assertThat(proxies.sync("alpha", "one").revision()).isEqualTo("r2"));

      proxies.awaitConnected("lost", "False", NOTICED_WITHIN);
      var connected = proxies.condition("lost", "Connected");
      assertThat(loss.reasons()).contains(connected.getReason());
      assertThat(connected.getMessage()).contains("no contact since");
      var lastContact = Instant.parse(proxies.proxy("lost").getStatus().lastContact());
      assertThat(lastContact).isBetween(begin.minus(UNREACHABLE_AFTER), begin.plusSeconds(2));
      // What was seen last stands.
      assertThat(proxies.sync("lost", "one").state()).isEqualTo(SyncState.SUCCEEDED);
      assertThat(proxies.sync("lost", "one").revision()).isEqualTo("r1");
      assertThat(proxies.condition("lost", "Ready").getReason()).isEqualTo("Unreachable");

      back.run();
      proxies.awaitConnected("lost", "True", BACK_WITHIN);
      proxies.awaitWritten(lost, "lost", "Other/one r2");
      proxies.agentSucceeds(lost, "lost");
      proxies.awaitReady("lost");
    }
  }

  /** Modules learn of it too, also where nothing is delivered by proxy. */
  @Test
  void modulesSeeItAsUnreachable(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var lost = fleet.startCluster("lost");
    namespace.on(lost);
    var settings = ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0");
    var hub = TestFleet.in(namespace);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name(), UNREACHABLE_AFTER)) {
      hub.enrol("lost", lost, Map.of());
      hub.apply(settings.module("v1.0.0", "{}"));
      hub.awaitReady("settings");
      lost.hang();
      within(NOTICED_WITHIN)
          .untilAsserted(() -> {
            assertThat(summary(hub.module("settings")).unreachable()).isEqualTo(1);
            assertThat(FleetObserver.attention(hub.module("settings"), "lost"))
                .hasValueSatisfying(attention -> {
                  assertThat(attention.reason()).isEqualTo("NoContact");
                  assertThat(attention.message()).contains("does not answer in time");
                });
          });
      lost.resume();
      within(BACK_WITHIN)
          .untilAsserted(() -> assertThat(summary(hub.module("settings")).unreachable()).isZero());
    }
  }

  /** A new endpoint and new certificates are a new kubeconfig, in the middle of whatever is on. */
  @Test
  void followsItsKubeconfig(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var first = fleet.startCluster("first");
    var second = fleet.startCluster("second");
    namespace.on(first).on(second);
    var hub = TestFleet.in(namespace);
    var proxies = new ProxyFleet(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name(), UNREACHABLE_AFTER)) {
      proxies.enrol("moving", first);
      proxies.prepare(second);
      proxies.assign("moving", entry("one", "r1"));
      proxies.awaitWritten(first, "moving", "Other/one r1");
      proxies.agentSucceeds(first, "moving");
      proxies.awaitReady("moving");

      // Another certificate for the same cluster.
      hub.kubeconfig("moving", first.kubeconfigFor("someone-else", List.of("system:masters")));
      proxies.assign("moving", entry("one", "r2"));
      proxies.awaitWritten(first, "moving", "Other/one r2");
      proxies.agentSucceeds(first, "moving");
      within(Duration.ofSeconds(5))
          .untilAsserted(
              () -> assertThat(proxies.sync("moving", "one").revision()).isEqualTo("r2"));

      // The Secret goes, and comes back with another endpoint.
      hub.client()
          .resources(Secret.class)
          .inNamespace(namespace.name())
          .withName("moving-kubeconfig")
          .delete();
      within(Duration.ofSeconds(5))
          .untilAsserted(() ->
              assertThat(proxies.condition("moving", "Connected").getReason())
                  .isEqualTo("KubeconfigMissing"));
      hub.kubeconfig("moving", second.kubeconfigYaml());
      within(Duration.ofSeconds(5))
          .untilAsserted(() ->
              assertThat(ProxyFleet.entries(proxies.assemblage(second, "moving")))
                  .containsExactly("Other/one r2"));
      proxies.agentSucceeds(second, "moving");
      proxies.awaitReady("moving");

      // One that is refused.
      hub.kubeconfig(
          "moving",
          second
              .kubeconfigYaml()
              .replace("certificate-authority-data:", "insecure-skip-tls-verify: true\n    x:"));
      within(Duration.ofSeconds(5))
          .untilAsserted(() -> {
            assertThat(proxies.condition("moving", "Connected").getReason())
                .isEqualTo("InsecureRefused");
            assertThat(proxies.condition("moving", "Stalled").getReason())
                .isEqualTo("InsecureRefused");
          });
      hub.kubeconfig("moving", second.kubeconfigYaml());
      proxies.awaitReady("moving");
      assertThat(
              hub.client().resources(Module.class).inNamespace(namespace.name()).list().getItems())
          .isEmpty();
    }
  }

  /** Something else that listens where an API server should. */
  private static LoopbackListener impostor(WorkloadCluster cluster, String greeting) {
    return LoopbackListener.on(
        cluster.url().getPort(),
        socket -> socket.getOutputStream().write(greeting.getBytes(StandardCharsets.US_ASCII)));
  }
}
