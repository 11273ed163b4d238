package dev.tranche.controlplane;

import static dev.tranche.controlplane.HandoverWatch.in;
import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A module moves from one delivery to the other, and nothing goes before its successor runs. */
@FleetTest(flux = false)
class MovingBetweenDeliveriesTest {
  private static final String REMOTE = "RemoteAssemblage";
  private static final String PROXY = "ProxyAssemblage";

  @Test
  void thereAndBackBesideSomebodyElsesEntry(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    try (var watch = new HandoverWatch(hub);
        var _ = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      enrol(hub, "alpha", "beta");
      ThirdParty.assign(hub, "alpha", "https://git.invalid/acme");
      declare(hub, Delivery.REMOTE, "");
      var theirs = ThirdParty.entry(hub, "alpha");
      var remote = hub.module("app").getStatus().targetRevision();

      declare(hub, Delivery.PROXY, "");
      assertThat(watch.entries()).isEqualTo(in(PROXY, "alpha", "beta"));
      assertThat(hub.module("app").getStatus().targetRevision()).isNotEqualTo(remote);
      assertThat(ThirdParty.entry(hub, "alpha")).isEqualTo(theirs);
      eventually().until(() -> hub.assemblage("beta").isEmpty());
      assertThat(new Rollouts(hub).history())
          .extracting(entry -> String.valueOf(entry.getData()))
          .satisfiesExactly(
              first -> assertThat(first).doesNotContain("delivery"),
              second -> assertThat(second).contains("delivery=Proxy"));

      declare(hub, Delivery.REMOTE, "");
      assertThat(watch.entries()).isEqualTo(in(REMOTE, "alpha", "beta"));
      assertThat(hub.module("app").getStatus().targetRevision()).isEqualTo(remote);
      eventually().until(() -> hub.proxyAssemblage("beta").isEmpty());
      assertThat(watch.departures()).hasSize(4);
      watch.assertNothingWasLost();
      assertThat(ThirdParty.entry(hub, "alpha")).isEqualTo(theirs);
    }
  }

  @ParameterizedTest
  @EnumSource
  void goesOnAfterACrash(
      Delivery from, Fleet fleet, TestNamespace namespace, @TempDir Path directory)
      throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    try (var watch = new HandoverWatch(hub);
        var flux = ScriptedFlux.on(hub)) {
      enrol(hub, "alpha", "beta");
      try (var first = ControlPlaneProcess.start(fleet.hub(), namespace.name(), directory)) {
        declare(hub, from, "");
        flux.hangs("v1");
        apply(hub, "v1", to(from), "");
        eventually().until(() -> watch.entries().size() == 4);
        first.kill();
      }
      assertThat(watch.leaving()).isEqualTo(in(kind(from), "alpha", "beta"));
      assertThat(watch.departures()).isEmpty();
      try (var second = ControlPlaneProcess.start(fleet.hub(), namespace.name(), directory)) {
        app.await("Ready", "RollingOut");
        flux.succeeds("v1");
        eventually().until(() -> !watch.departures().isEmpty());
        second.kill();
      }
      try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
        hub.awaitReady("app");
        eventually().until(() -> watch.entries().size() == 2);
      }
      assertThat(watch.entries()).isEqualTo(in(kind(to(from)), "alpha", "beta"));
      watch.assertNothingWasLost();
    }
  }

  @Test
  void rolledBackInTheMiddle(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    var policy =
        "rollout:\n  strategy: Incremental\n  maxUnready: 1\n  failure: {action: RollbackAll}\n";
    try (var watch = new HandoverWatch(hub);
        var flux = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      enrol(hub, "alpha", "beta");
      declare(hub, Delivery.REMOTE, policy);
      var stable = Objects.requireNonNull(hub.module("app").getStatus().stableRevision());
      flux.fails("alpha", "v2");
      apply(hub, "v2", Delivery.PROXY, policy);
      app.await("Ready", "RolledBack");
      eventually().until(() -> watch.entries().equals(in(REMOTE, "alpha", "beta")));
      assertThat(hub.assemblage("alpha").orElseThrow().getSpec().syncs())
          .singleElement()
          .satisfies(sync -> {
            assertThat(sync.deletionPolicy()).isNull();
            assertThat(sync.source().version()).isEqualTo("v1");
          });
      assertThat(hub.module("app").getStatus().stableRevision()).isEqualTo(stable);
      assertThat(watch.departures())
          .extracting(HandoverWatch.Departure::from)
          .containsExactly("ProxyAssemblage alpha");
      watch.assertNothingWasLost();
      eventually().until(() -> hub.proxyAssemblage("alpha").isEmpty());
    }
  }

  @ParameterizedTest
  @EnumSource
  void deletedInTheMiddleIsRemovedFromBoth(Delivery from, TestNamespace namespace)
      throws InterruptedException {
    var hub = TestFleet.in(namespace);
    try (var watch = new HandoverWatch(hub);
        var flux = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      enrol(hub, "alpha");
      declare(hub, from, "");
      flux.hangs("v1");
      apply(hub, "v1", to(from), "");
      eventually().until(() -> watch.entries().size() == 2);
      eventually().until(() -> !new FleetObserver(hub).kustomizations("alpha").isEmpty());
      new FleetObserver(hub).deleteModule("app");
      eventually().until(() -> hub.module("app") == null);
      eventually().until(() -> watch.departures().size() == 2);
      assertThat(watch.departures())
          .allSatisfy(departure -> assertThat(departure.last().entry().deletionPolicy()).isNull());
      eventually().until(() -> watch.pruned().contains("alpha"));
      eventually()
          .until(() -> hub.assemblage("alpha").isEmpty() && hub.proxyAssemblage("alpha").isEmpty());
    }
  }

  @Test
  void waitsForAPausedClusterAndSaysSo(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    var observer = new FleetObserver(hub);
    try (var watch = new HandoverWatch(hub);
        var flux = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      enrol(hub, "alpha", "beta");
      declare(hub, Delivery.REMOTE, "");
      observer.patchCluster("alpha", "{\"spec\":{\"paused\":true}}");
      flux.hangs("beta", "v1");
      apply(hub, "v1", Delivery.PROXY, "");
      eventually()
          .until(() ->
              watch
                  .entries()
                  .equals(List.of(PROXY + " beta", REMOTE + " alpha", REMOTE + " beta")));
      assertThat(FleetObserver.attention(app.module(), "alpha"))
          .hasValueSatisfying(held -> assertThat(held.reason()).isEqualTo("ClusterPaused"));

      // One that is in the middle of it stays there.
      observer.patchCluster("beta", "{\"spec\":{\"paused\":true}}");
      app.await("Progressing", "RollingOut");
      flux.succeeds("v1");
      eventually()
          .untilAsserted(() ->
              assertThat(FleetObserver.attention(app.module(), "beta"))
                  .hasValueSatisfying(held -> {
                    assertThat(held.reason()).isEqualTo("HandingOver");
                    assertThat(held.message())
                        .isEqualTo(
                            "runs by way of ProxyAssemblage beta; waits until RemoteAssemblage beta has let go of it, which it does when the Cluster is no longer paused");
                  }));
      assertThat(app.message("Ready")).contains("beta: runs by way of ProxyAssemblage beta");
      Writes.from(hub).awaitEnd();
      assertThat(watch.departures()).isEmpty();

      observer.patchCluster("alpha", "{\"spec\":{\"paused\":false}}");
      observer.patchCluster("beta", "{\"spec\":{\"paused\":false}}");
      hub.awaitReady("app");
      assertThat(watch.entries()).isEqualTo(in(PROXY, "alpha", "beta"));
      watch.assertNothingWasLost();
    }
  }

  @Test
  void aMarkThatSomebodyElseTouchesIsSetRight(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var hands = new Hands(hub);
    try (var watch = new HandoverWatch(hub);
        var flux = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      enrol(hub, "alpha");
      declare(hub, Delivery.REMOTE, "");
      edit(
          hands,
          "[{\"op\":\"add\",\"path\":\"/spec/syncs/0/deletionPolicy\",\"value\":\"Orphan\"}]");
      eventually()
          .until(() -> hub.syncs(Delivery.REMOTE, "alpha").getFirst().deletionPolicy() == null);

      flux.hangs("v1");
      apply(hub, "v1", Delivery.PROXY, "");
      eventually().until(() -> watch.entries().size() == 2);
      edit(hands, "[{\"op\":\"remove\",\"path\":\"/spec/syncs/0/deletionPolicy\"}]");
      eventually()
          .until(() ->
              hub.syncs(Delivery.REMOTE, "alpha").getFirst().deletionPolicy()
                  == DeletionPolicy.ORPHAN);
      flux.succeeds("v1");
      hub.awaitReady("app");
      assertThat(watch.entries()).isEqualTo(in(PROXY, "alpha"));
      watch.assertNothingWasLost();
    }
  }

  private static void edit(Hands hands, String patch) {
    hands.edit(
        dev.tranche.crd.v1alpha1.RemoteAssemblage.class,
        "alpha",
        io.fabric8.kubernetes.client.dsl.base.PatchType.JSON,
        patch);
  }

  private static void enrol(TestFleet hub, String... clusters) {
    for (var cluster : clusters) {
      hub.enrol(cluster, hub.hub(), Map.of());
    }
  }

  /** Declares v1 and returns once it is everywhere. */
  private static void declare(TestFleet hub, Delivery delivery, String spec) {
    apply(hub, "v1", delivery, spec);
    hub.awaitReady("app");
  }

  private static void apply(TestFleet hub, String tag, Delivery delivery, String spec) {
    new Rollouts(hub, delivery).declare(tag, spec);
    eventually()
        .until(() -> {
          Module module = hub.module("app");
          return module
              .getMetadata()
              .getGeneration()
              .equals(module.getStatus().observedGeneration());
        });
  }

  private static Delivery to(Delivery from) {
    return from == Delivery.REMOTE ? Delivery.PROXY : Delivery.REMOTE;
  }

  private static String kind(Delivery delivery) {
    return delivery == Delivery.REMOTE ? REMOTE : PROXY;
  }
}
