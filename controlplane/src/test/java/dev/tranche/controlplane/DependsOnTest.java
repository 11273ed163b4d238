package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A module follows another, cluster by cluster. */
@FleetTest(flux = false)
class DependsOnTest {
  private static final String ON_BASE = "dependsOn: [{name: base}]\n";

  @Test
  void followsInEachClusterByItself(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    try (var base = RolloutWatch.of(hub, "base");
        var watch = RolloutWatch.of(hub, "app");
        var flux = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.enrol("beta", hub.hub(), Map.of());
      app.declare("v1", ON_BASE);
      awaitHeld(app, "alpha", "there is no module base, on which it depends");
      app.await("Ready", "DependencyNotReady");

      flux.hangs("beta", "base1");
      hub.apply(TestFleet.module("base", Rollouts.URL, "base1", "{}"));
      eventually().until(() -> watch.allSucceeded("v1", java.util.List.of("alpha")));
      awaitHeld(app, "beta", "Module base, on which it depends, has not succeeded there yet");
      assertThat(watch.having("v1")).containsExactly("alpha");
      flux.succeeds("base1");
      hub.awaitReady("app");

      // Also for what comes later, whoever of the two is heard of first.
      flux.hangs("alpha", "base2");
      hub.apply(TestFleet.module("base", Rollouts.URL, "base2", "{}"));
      eventually().until(() -> base.having("base2").size() == 2);
      app.declare("v2", ON_BASE);
      eventually().until(() -> watch.allSucceeded("v2", java.util.List.of("beta")));
      awaitHeld(app, "alpha", "Module base, on which it depends, has not succeeded there yet");
      assertThat(watch.having("v2")).containsExactly("beta");
      flux.succeeds("base2");
      hub.awaitReady("app");
      assertThat(watch.tags("alpha")).containsExactly("v1", "v2");

      // What is there stays where the other one goes.
      new FleetObserver(hub).deleteModule("base");
      eventually().untilAsserted(() -> assertThat(hub.module("base")).isNull());
      Writes.from(hub).awaitEnd();
      assertThat(watch.having("v2")).containsExactly("alpha", "beta");
    }
  }

  @Test
  void aCircleIsToldByItsPath(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    try (var watch = RolloutWatch.of(hub, "app");
        var _ = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.apply(
          TestFleet.module("base", Rollouts.URL, "base1", "{}")
              + "dependsOn: [{name: app}]\n".indent(2));
      app.declare("v1", ON_BASE);
      app.await("Stalled", "DependencyCircle");
      app.await("Ready", "DependencyCircle");
      assertThat(app.message("Stalled"))
          .isEqualTo(
              "modules depend on each other: app on base on app; take one of them out of dependsOn");
      eventually()
          .untilAsserted(() ->
              assertThat(TestFleet.condition(hub.module("base"), "Stalled"))
                  .hasValueSatisfying(
                      stalled -> assertThat(stalled.getMessage()).contains("base on app on base")));
      Writes.from(hub).awaitEnd();
      assertThat(watch.having("v1")).isEmpty();

      hub.apply(TestFleet.module("base", Rollouts.URL, "base1", "{}"));
      hub.awaitReady("base");
      hub.awaitReady("app");
    }
  }

  private static void awaitHeld(Rollouts app, String cluster, String message) {
    eventually()
        .untilAsserted(() ->
            assertThat(FleetObserver.attention(app.module(), cluster))
                .hasValueSatisfying(held -> {
                  assertThat(held.state()).isEqualTo("Held");
                  assertThat(held.reason()).isEqualTo("DependencyNotReady");
                  assertThat(held.message()).isEqualTo(message);
                }));
  }
}
