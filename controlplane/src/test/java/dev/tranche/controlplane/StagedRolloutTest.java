package dev.tranche.controlplane;

import static dev.tranche.controlplane.Rollouts.ALL;
import static dev.tranche.controlplane.Rollouts.AMERICA;
import static dev.tranche.controlplane.Rollouts.CANARY;
import static dev.tranche.controlplane.Rollouts.EUROPE;
import static dev.tranche.controlplane.Rollouts.STAGES;
import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.controlplane.history.ModuleHistory;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.StageState;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Stages come one after the other or side by side, and never more is unready than may be. */
@FleetTest(flux = false)
class StagedRolloutTest {
  private static final List<String> CONTINENTS =
      Stream.of(EUROPE, AMERICA).flatMap(List::stream).toList();

  @ParameterizedTest
  @EnumSource
  void canaryThenTwoStagesAtOnce(Delivery delivery, TestNamespace namespace)
      throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub, delivery);
    try (var watch = RolloutWatch.of(hub, "app");
        var flux = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      app.enrol();
      app.complete("v1", STAGES);
      assertInTurn(watch, "v1");
      var first = app.module().getStatus();
      assertThat(first.stableRevision())
          .isEqualTo(first.targetRevision())
          .isEqualTo(first.currentRevision());

      flux.hangs("v2");
      app.declare("v2", STAGES);
      eventually()
          .untilAsserted(() -> {
            assertThat(app.stage("canary").progressing()).isEqualTo(1);
            assertThat(app.status().waitingFor())
                .isEqualTo("stage canary: 0 of 1 cluster succeeded, 1 in progress");
          });
      assertThat(app.stage("canary").state()).isEqualTo(StageState.ROLLING_OUT);
      assertThat(app.stage("canary").startedAt()).isNotNull();
      for (var stage : List.of("europe", "america")) {
        assertThat(app.stage(stage).state()).isEqualTo(StageState.WAITING);
        assertThat(app.stage(stage).startedAt()).isNull();
        assertThat(app.stage(stage).pending()).isEqualTo(app.stage(stage).total());
      }
      app.await("Ready", "RollingOut");
      app.await("Reconciling", "RollingOut");
      app.await("Progressing", "RollingOut");
      assertThat(app.module().getStatus().stableRevision()).isEqualTo(first.targetRevision());
      assertThat(app.module().getStatus().targetRevision()).isNotEqualTo(first.targetRevision());
      assertThat(watch.having("v2")).containsExactly("canary");

      flux.succeeds("canary", "v2");
      // Both begin, and each goes as far as its own budget lets it.
      eventually()
          .untilAsserted(
              () -> assertThat(watch.having("v2")).containsExactly("a1", "canary", "e1", "e2"));
      eventually().untilAsserted(() -> assertThat(app.stage("europe").progressing()).isEqualTo(2));
      assertThat(app.stage("canary").state()).isEqualTo(StageState.PASSED);
      assertThat(app.stage("canary").passedAt())
          .isAfterOrEqualTo(Objects.requireNonNull(app.stage("canary").succeededAt()));
      assertThat(app.stage("europe").pending()).isEqualTo(2);
      assertThat(app.stage("america").state()).isEqualTo(StageState.ROLLING_OUT);
      assertThat(app.message("Ready")).contains("stage europe: ").contains("stage america: ");

      flux.succeeds("v2");
      hub.awaitReady("app");
      var last = app.module().getStatus();
      assertThat(last.stableRevision())
          .isEqualTo(last.targetRevision())
          .isEqualTo(last.currentRevision());
      assertThat(app.status().completedAt()).isNotNull();
      assertThat(app.status().waitingFor()).isNull();
      assertThat(app.status().stages())
          .allSatisfy(stage -> {
            assertThat(stage.state()).isEqualTo(StageState.PASSED);
            assertThat(stage.succeeded()).isEqualTo(stage.total());
          });
      app.await("Progressing", "Completed");
      assertInTurn(watch, "v2");
      ALL.forEach(cluster -> assertThat(watch.tags(cluster)).containsExactly("v1", "v2"));
      eventually()
          .untilAsserted(() ->
              assertThat(
                      app.events(app.module()).stream()
                          .filter(reason -> !reason.equals("RollingOut")))
                  .containsSubsequence(
                      "RolloutStarted",
                      "StageBegun",
                      "StagePassed",
                      "RolloutCompleted",
                      "RolloutStarted",
                      "StageBegun",
                      "StagePassed",
                      "RolloutCompleted")
                  .filteredOn(reason -> reason.startsWith("Stage"))
                  .hasSize(2 * 2 * 3));
      assertThat(app.history())
          .extracting(
              entry -> entry.getMetadata().getAnnotations().get(ModuleHistory.VERSION),
              entry -> entry.getMetadata().getName())
          .containsExactly(
              org.assertj.core.groups.Tuple.tuple("v1", "module-app-" + first.targetRevision()),
              org.assertj.core.groups.Tuple.tuple("v2", "module-app-" + last.targetRevision()));
    }
  }

  @Test
  void whoComesAfterACrashGoesOnFromThere(
      Fleet fleet, TestNamespace namespace, @TempDir Path directory) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    var soak = Duration.ofSeconds(8);
    var soaking =
        STAGES.replace(
            "{ring: canary}}}",
            "{ring: canary}}, gates: [{soak: %ds}]}".formatted(soak.toSeconds()));
    try (var watch = RolloutWatch.of(hub, "app");
        var flux = ScriptedFlux.on(hub)) {
      app.enrol();
      try (var first = ControlPlaneProcess.start(fleet.hub(), namespace.name(), directory)) {
        app.complete("v1", STAGES);
        flux.hangs("e1", "v2");
        app.declare("v2", soaking);
        app.await("Ready", "Soaking");
        first.kill();
      }
      var since = Objects.requireNonNull(app.stage("canary").succeededAt());
      assertThat(app.stage("canary").state()).isEqualTo(StageState.GATING);
      assertThat(app.status().nextTransitionAt()).isEqualTo(since.plus(soak));
      try (var second = ControlPlaneProcess.start(fleet.hub(), namespace.name(), directory)) {
        eventually().until(() -> app.stage("europe").startedAt() != null);
        assertThat(app.stage("canary").succeededAt()).isEqualTo(since);
        assertThat(app.stage("canary").passedAt()).isAfterOrEqualTo(since.plus(soak));
        eventually().until(() -> watch.having("v2").contains("e2"));
        second.kill();
      }
      assertThat(watch.having("v2")).doesNotContainSequence(EUROPE);
      flux.succeeds("v2");
      var passedAt = app.stage("canary").passedAt();
      try (var third = ControlPlaneProcess.start(fleet.hub(), namespace.name(), directory)) {
        hub.awaitReady("app");
        assertThat(third.log()).doesNotContain("ERROR");
      }
      assertThat(app.stage("canary").passedAt()).isEqualTo(passedAt);
      assertInTurn(watch, "v2");
      ALL.forEach(cluster -> assertThat(watch.tags(cluster)).containsExactly("v1", "v2"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aNewVersionTakesThePlaceOfOneUnderway(Delivery delivery, TestNamespace namespace)
      throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub, delivery);
    try (var watch = RolloutWatch.of(hub, "app");
        var flux = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      app.enrol();
      app.complete("v1", STAGES);
      flux.hangs("e1", "v2");
      flux.hangs("e2", "v2");
      flux.hangs("a1", "v2");
      flux.hangs("canary", "v3");
      app.declare("v2", STAGES);
      eventually()
          .untilAsserted(
              () -> assertThat(watch.having("v2")).containsExactly("a1", "canary", "e1", "e2"));

      // Three are in flight, so that one more makes four.
      app.declare("v3", STAGES.replace("rollout:", "rollout:\n  maxUnready: 4"));
      eventually().untilAsserted(() -> assertThat(watch.having("v3")).containsExactly("canary"));
      // What is in flight settles, and nothing follows it.
      flux.succeeds("v2");
      eventually().until(() -> watch.allSucceeded("v2", List.of("a1", "e1", "e2")));
      flux.succeeds("v3");
      hub.awaitReady("app");
      assertInTurn(watch, "v3");
      watch.assertNever("v2", List.of("e3", "e4", "a2", "a3"));
      assertThat(watch.tags("e1")).containsExactly("v1", "v2", "v3");
      assertThat(watch.tags("e4")).containsExactly("v1", "v3");
      eventually()
          .untilAsserted(() ->
              assertThat(app.events(app.module()))
                  .filteredOn("RolloutCompleted"::equals)
                  .hasSize(2));
    }
  }

  @Test
  void suspendedInTheMiddleAndResumed(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    var hands = new Hands(hub);
    try (var watch = RolloutWatch.of(hub, "app");
        var flux = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      app.enrol();
      app.complete("v1", STAGES);
      flux.hangs("e1", "v2");
      flux.hangs("e2", "v2");
      flux.hangs("a1", "v2");
      app.declare("v2", STAGES);
      var underway = List.of("a1", "canary", "e1", "e2");
      eventually()
          .untilAsserted(() -> assertThat(watch.having("v2")).containsExactlyElementsOf(underway));

      hands.edit(Module.class, "app", "{\"spec\":{\"suspend\":true}}");
      app.await("Progressing", "Suspended");
      flux.succeeds("v2");
      eventually().until(() -> watch.allSucceeded("v2", underway));
      app.await("Ready", "Suspended");
      Writes.from(hub).awaitEnd();
      assertThat(watch.having("v2")).containsExactlyElementsOf(underway);
      assertThat(app.message("Ready")).startsWith("suspended; 4 of 8 clusters at v2");

      hands.edit(Module.class, "app", "{\"spec\":{\"suspend\":false}}");
      hub.awaitReady("app");
      assertInTurn(watch, "v2");
      ALL.forEach(cluster -> assertThat(watch.tags(cluster)).containsExactly("v1", "v2"));
    }
  }

  @Test
  void twoControlPlanesKeepTheOrderAndLoseNoProgress(TestNamespace namespace)
      throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    try (var watch = RolloutWatch.of(hub, "app");
        var flux = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name());
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      app.enrol();
      // Each counts what it sees itself, so that only one that leads can promise the budget.
      for (var version : List.of("v1", "v2", "v3")) {
        app.complete(version, STAGES);
        watch.assertInTurn(version, CANARY, CONTINENTS);
        assertThat(app.status().stages())
            .allSatisfy(stage -> assertThat(stage.state()).isEqualTo(StageState.PASSED));
      }
      ALL.forEach(cluster -> assertThat(watch.tags(cluster)).containsExactly("v1", "v2", "v3"));
      assertThat(app.history()).hasSize(3);

      // Nor do they disagree on a failure.
      flux.fails("e1", "v4");
      app.declare("v4", STAGES + "  failure: {action: RollbackAll}\n");
      app.await("Ready", "RolledBack");
      assertThat(watch.having("v3")).containsExactlyInAnyOrderElementsOf(ALL);
      assertThat(watch.tags("e1")).containsExactly("v1", "v2", "v3", "v4", "v3");
      watch.assertInTurn("v4", CANARY, CONTINENTS);
      // Each step is recorded by one of them, and by that one alone told.
      eventually()
          .untilAsserted(() ->
              assertThat(app.events(app.module())).filteredOn("RolloutStarted"::equals).hasSize(4));
    }
  }

  @Test
  void bootstrapModulesDoTheSame(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    try (var watch = RolloutWatch.of(hub, "BootstrapModule", "app");
        var flux = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      app.enrol();
      declareBootstrap(hub, "v1");
      eventually().until(() -> TestFleet.isReady(hub.bootstrapModule("app")));
      flux.hangs("canary", "v2");
      declareBootstrap(hub, "v2");
      eventually().untilAsserted(() -> assertThat(watch.having("v2")).containsExactly("canary"));
      Writes.from(hub).awaitEnd();
      assertThat(watch.having("v2")).containsExactly("canary");
      flux.succeeds("v2");
      eventually().until(() -> TestFleet.isReady(hub.bootstrapModule("app")));
      assertInTurn(watch, "v1");
      assertInTurn(watch, "v2");
      eventually()
          .untilAsserted(
              () -> assertThat(app.events(hub.bootstrapModule("app"))).contains("StagePassed"));
      assertThat(app.history())
          .extracting(entry -> entry.getMetadata().getName())
          .hasSize(2)
          .allSatisfy(name -> assertThat(name).startsWith("bootstrapmodule-app-"));
    }
  }

  private static void declareBootstrap(TestFleet hub, String tag) {
    hub.apply(
        TestFleet.module("app", Rollouts.URL, tag, "{}")
                .replace("kind: Module", "kind: BootstrapModule")
            + STAGES.indent(2));
  }

  private static void assertInTurn(RolloutWatch watch, String tag) {
    watch.assertInTurn(tag, CANARY, CONTINENTS);
    watch.assertUnreadyAtMost(1, CANARY);
    watch.assertUnreadyAtMost(2, EUROPE);
    watch.assertUnreadyAtMost(1, AMERICA);
  }
}
