package dev.tranche.controlplane;

import static dev.tranche.controlplane.Rollouts.ALL;
import static dev.tranche.controlplane.Rollouts.AMERICA;
import static dev.tranche.controlplane.Rollouts.CANARY;
import static dev.tranche.controlplane.Rollouts.EUROPE;
import static dev.tranche.controlplane.Rollouts.STAGES;
import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.FailureAction;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a rollout does once more clusters failed than may. */
@FleetTest(flux = false)
class RolloutFailureTest {
  private static final List<String> UNTOUCHED = List.of("e3", "e4", "a2", "a3");

  @ParameterizedTest
  @EnumSource
  void haltsUntilItIsTriedAgain(Delivery delivery, TestNamespace namespace)
      throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub, delivery);
    try (var watch = RolloutWatch.of(hub, "app");
        var flux = ScriptedFlux.on(hub)) {
      try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
        breachInEurope(app, flux, watch, STAGES);
        app.await("Stalled", "Halted");
        app.await("Ready", "Halted");
        assertThat(app.message("Stalled"))
            .isEqualTo("1 of 8 clusters failed, 0 may; e1: v2 is broken");
        assertThat(FleetObserver.attention(app.module(), "e1"))
            .hasValueSatisfying(e1 -> assertThat(e1.state()).isEqualTo("Failed"));
        Writes.from(hub).awaitEnd();
      }
      var decision = Objects.requireNonNull(app.status().decision());
      assertThat(decision.action()).isEqualTo(FailureAction.HALT);
      assertThat(decision.reason()).isEqualTo("ClustersFailed");

      // What was decided stands, also when the failure is over.
      try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
        flux.succeeds("v2");
        eventually().until(() -> watch.allSucceeded("v2", List.of("a1", "canary", "e1", "e2")));
        Writes.from(hub).awaitEnd();
        app.await("Ready", "Halted");
        assertThat(app.status().decision()).isEqualTo(decision);
        watch.assertNever("v2", UNTOUCHED);

        app.retry("1");
        hub.awaitReady("app");
        assertThat(app.status().decision()).isNull();
        eventually()
            .untilAsserted(() ->
                assertThat(app.events(app.module()))
                    .containsSubsequence("RolloutHalted", "RolloutResumed", "RolloutCompleted"));
        ALL.forEach(cluster -> assertThat(watch.tags(cluster)).containsExactly("v1", "v2"));
        watch.assertInTurn("v2", CANARY, Stream.of(EUROPE, AMERICA).flatMap(List::stream).toList());
      }
    }
  }

  @Test
  void aNewVersionOrAnotherPolicyGoesOn(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    try (var watch = RolloutWatch.of(hub, "app");
        var flux = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      breachInEurope(app, flux, watch, STAGES);
      app.await("Ready", "Halted");
      flux.fails("canary", "v3");
      app.declare("v3", STAGES);
      eventually()
          .untilAsserted(() -> assertThat(app.message("Ready")).contains("canary: v3 is broken"));
      app.await("Ready", "Halted");
      Writes.from(hub).awaitEnd();
      assertThat(watch.having("v3")).containsExactly("canary");

      // Two may fail: the canary does, and one more will.
      flux.fails("e1", "v3");
      app.declare("v3", STAGES + "  failure: {maxFailed: 2}\n");
      eventually().until(() -> app.status().completedAt() != null);
      app.await("Ready", "BuildFailed");
      assertThat(watch.having("v3")).containsExactlyInAnyOrderElementsOf(ALL);
      assertThat(app.module().getStatus().stableRevision())
          .isEqualTo(app.module().getStatus().targetRevision());
      watch.assertNever("v2", UNTOUCHED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void allGoBack(Delivery delivery, TestNamespace namespace) throws InterruptedException {
    rolledBack(delivery, namespace, FailureAction.ROLLBACK_ALL, "RollbackAll", List.of());
  }

  @Test
  void theStageGoesBack(TestNamespace namespace) throws InterruptedException {
    rolledBack(
        Delivery.REMOTE,
        namespace,
        FailureAction.ROLLBACK_STAGE,
        "RollbackStage",
        List.of("a1", "canary"));
  }

  @Test
  void whatFailedGoesBack(TestNamespace namespace) throws InterruptedException {
    rolledBack(
        Delivery.REMOTE,
        namespace,
        FailureAction.ROLLBACK_FAILED,
        "RollbackFailed",
        List.of("a1", "canary", "e2"));
  }

  /** A failure in Europe, after which only these keep the version. */
  private static void rolledBack(
      Delivery delivery,
      TestNamespace namespace,
      FailureAction action,
      String word,
      List<String> keeping)
      throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub, delivery);
    var policy = STAGES + "  failure: {action: %s}\n".formatted(word);
    try (var watch = RolloutWatch.of(hub, "app");
        var flux = ScriptedFlux.on(hub)) {
      try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
        breachInEurope(app, flux, watch, policy);
        app.await("Ready", "RolledBack");
        app.await("Stalled", "RolledBack");
        app.await("Progressing", "RolledBack");
        assertThat(watch.having("v2")).containsExactlyElementsOf(keeping);
        assertThat(watch.now().clusters().values()).allMatch(RolloutWatch.Standing::succeeded);
        assertThat(app.status().decision())
            .satisfies(decision -> {
              assertThat(decision.action()).isEqualTo(action);
              assertThat(decision.settledAt()).isNotNull();
            });
        watch.assertNever("v2", UNTOUCHED);
        watch.assertUnreadyAtMost(2, EUROPE);
        watch.assertUnreadyAtMost(1, AMERICA);
        eventually()
            .untilAsserted(() ->
                assertThat(app.events(app.module()))
                    .containsSubsequence("RollingBack", "RolledBack"));
        assertThat(app.module().getStatus().stableRevision())
            .isEqualTo(app.module().getStatus().currentRevision())
            .isNotEqualTo(app.module().getStatus().targetRevision());
      }
      // It stands.
      try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
        Writes.from(hub).awaitEnd();
        assertThat(watch.having("v2")).containsExactlyElementsOf(keeping);
        app.complete("v3", policy);
      }
    }
  }

  /** What it goes back to takes a moment to be worked out after every start. */
  @Test
  void stillGoesBackAfterARestart(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    var policy = STAGES + "  failure: {action: RollbackAll}\n";
    hub.apply(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        data: {size: large}
        """);
    try (var watch = RolloutWatch.of(hub, "app");
        var flux = ScriptedFlux.on(hub)) {
      try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
        app.enrol();
        hub.apply(
            TestFleet.module("app", Rollouts.URL, "v1", "{}")
                + """
                    package: {kustomize: {substitute: {SIZE: $(SIZE)}}}
                  controlPlaneBindings:
                  - {name: SIZE, objectFieldRef: {apiVersion: v1, kind: ConfigMap, name: settings, fieldPath: /data/size}}
                """
                + policy.indent(2));
        hub.awaitReady("app");
        flux.fails("canary", "v2");
        flux.hangs("canary", "v1");
        app.declare("v2", policy);
        app.await("Ready", "RollingBack");
        eventually().until(() -> watch.now().has("canary", "v1"));
        Writes.from(hub).awaitEnd();
      }
      try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
        Writes.from(hub).awaitEnd();
        app.await("Ready", "RollingBack");
        assertThat(Objects.requireNonNull(app.status().decision()).settledAt()).isNull();
        flux.succeeds("canary", "v1");
        app.await("Ready", "RolledBack");
        assertThat(watch.tags("canary")).containsExactly("v1", "v2", "v1");
        eventually()
            .untilAsserted(() ->
                assertThat(app.events(app.module())).filteredOn("RolledBack"::equals).isNotEmpty());
      }
    }
  }

  @Test
  void nothingToRollBackTo(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    try (var watch = RolloutWatch.of(hub, "app");
        var flux = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      app.enrol();
      flux.fails("canary", "v1");
      app.declare("v1", STAGES + "  failure: {action: RollbackAll}\n");
      app.await("Ready", "NothingToRollBackTo");
      app.await("Stalled", "NothingToRollBackTo");
      assertThat(app.message("Stalled")).contains("canary: v1 is broken");
      Writes.from(hub).awaitEnd();
      assertThat(watch.having("v1")).containsExactly("canary");
      assertThat(app.module().getStatus().stableRevision()).isNull();

      app.retry("too early");
      eventually()
          .untilAsserted(() ->
              assertThat(app.events(app.module()))
                  .containsSubsequence("RolloutHalted", "RolloutResumed", "RolloutHalted"));
      app.await("Ready", "NothingToRollBackTo");

      flux.succeeds("v1");
      eventually().until(() -> watch.allSucceeded("v1", CANARY));
      Writes.from(hub).awaitEnd();
      app.retry("again");
      hub.awaitReady("app");
    }
  }

  @Test
  void whoMakesNoProgressInTimeHasFailed(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    try (var watch = RolloutWatch.of(hub, "app");
        var flux = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      app.enrol();
      app.complete("v1", "");
      flux.hangs("canary", "v2");
      app.declare("v2", STAGES + "  failure: {progressDeadline: 2s}\n");
      app.await("Ready", "Halted");
      assertThat(FleetObserver.attention(app.module(), "canary"))
          .hasValueSatisfying(canary -> {
            assertThat(canary.reason()).isEqualTo("ProgressDeadlineExceeded");
            assertThat(canary.message()).startsWith("made no progress within 2s");
          });
      assertThat(watch.having("v2")).containsExactly("canary");
    }
  }

  /** Rolls v1 out and then v2, which fails on e1 when e2 and a1 have it too. */
  private static void breachInEurope(
      Rollouts app, ScriptedFlux flux, RolloutWatch watch, String policy) {
    app.enrol();
    app.complete("v1", policy);
    flux.hangs("e1", "v2");
    flux.hangs("e2", "v2");
    flux.hangs("a1", "v2");
    app.declare("v2", policy);
    eventually()
        .untilAsserted(
            () -> assertThat(watch.having("v2")).containsExactly("a1", "canary", "e1", "e2"));
    flux.fails("e1", "v2");
    eventually().until(() -> app.status().decision() != null);
    flux.succeeds("e2", "v2");
    flux.succeeds("a1", "v2");
  }
}
