package dev.tranche.controlplane;

import static dev.tranche.controlplane.Rollouts.ALL;
import static dev.tranche.controlplane.Rollouts.STAGES;
import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.ModuleRef;
import dev.tranche.crd.v1alpha1.RolloutApproval;
import dev.tranche.crd.v1alpha1.RolloutApprovalSpec;
import dev.tranche.testbed.Prometheus;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a rollout waits for besides its clusters. */
@FleetTest(flux = false)
class RolloutGatesTest {
  private static final List<String> OTHERS =
      ALL.stream().filter(cluster -> !cluster.equals("canary")).toList();

  @Test
  void onlyAnApprovalOfThisRevisionLetsItPass(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    var gated = withGate("approval: {}") + "revisionHistoryLimit: 1\n";
    try (var watch = RolloutWatch.of(hub, "app");
        var _ = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      app.enrol();
      app.complete("v1", "");
      var v1 = app.module().getStatus().targetRevision();
      app.declare("v2", gated);
      app.await("Ready", "AwaitingApproval");
      app.await("Progressing", "AwaitingApproval");
      assertThat(app.status().waitingFor()).isEqualTo("stage canary: waits for an approval");
      var v2 = app.module().getStatus().targetRevision();

      approve(hub, "of-v1", "canary", Objects.requireNonNull(v1));
      approve(hub, "of-europe", "europe", Objects.requireNonNull(v2));
      approve(hub, "of-nothing", "mars", v2);
      awaitJudged(hub, "of-v1", "OtherRevision");
      awaitJudged(hub, "of-europe", "NoApprovalGate");
      awaitJudged(hub, "of-nothing", "StageNotFound");
      assertThat(ready(hub, "of-v1").getMessage()).contains("this approval counts for nothing");
      Writes.from(hub).awaitEnd();
      app.await("Ready", "AwaitingApproval");
      watch.assertNever("v2", OTHERS);

      approve(hub, "of-v2", "canary", v2);
      hub.awaitReady("app");
      awaitJudged(hub, "of-v2", "Used");
      assertThat(approval(hub, "of-v2").getStatus().usedAt())
          .isEqualTo(app.stage("canary").passedAt());
      assertThat(approval(hub, "of-v1").getStatus().usedAt()).isNull();

      // Made before the revision is rolled out, kept until the next one is used.
      app.declare("v3", gated);
      app.await("Ready", "AwaitingApproval");
      approve(
          hub,
          "of-v3",
          "canary",
          Objects.requireNonNull(app.module().getStatus().targetRevision()));
      hub.awaitReady("app");
      awaitJudged(hub, "of-v3", "Used");
      eventually().untilAsserted(() -> assertThat(approval(hub, "of-v2")).isNull());
      assertThat(approval(hub, "of-v1")).isNotNull();
    }
  }

  @Test
  void aCheckHoldsUntilItsServerSaysSo(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    try (var prometheus = Prometheus.start();
        var watch = RolloutWatch.of(hub, "app");
        var _ = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      var check =
          "check: {interval: 1s, deadline: %%s, prometheus: {address: \"%s\", query: \"max(error_rate)\", max: \"0.01\"}}"
              .formatted(prometheus.url());
      app.enrol();
      app.complete("v1", "");
      prometheus.set("error_rate", 0.07);
      app.declare("v2", withGate(check.formatted("5m")));
      app.await("Ready", "AwaitingCheck");
      eventually().untilAsserted(() -> assertThat(app.status().waitingFor()).contains("0.07"));

      // A server that is away says nothing, and nothing is no yes.
      prometheus.kill();
      eventually()
          .untilAsserted(() -> assertThat(app.status().waitingFor()).doesNotContain("0.07"));
      app.await("Ready", "AwaitingCheck");
      watch.assertNever("v2", OTHERS);

      prometheus.set("error_rate", 0.001);
      prometheus.restart();
      hub.awaitReady("app");

      // Another revision needs an answer of its own, and is not waited for beyond the deadline.
      prometheus.kill();
      app.declare("v3", withGate(check.formatted("3s")));
      app.await("Ready", "Halted");
      assertThat(app.message("Ready")).contains("the check of stage canary did not pass within 3s");
      assertThat(Objects.requireNonNull(app.status().decision()).reason()).isEqualTo("CheckFailed");
      watch.assertNever("v3", OTHERS);
      prometheus.restart();
      // Time enough for a busy machine.
      app.declare("v3", withGate(check.formatted("5m")));
      app.retry("now");
      hub.awaitReady("app");
    }
  }

  @Test
  void nothingIsChangedOutsideOfTheWindows(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    try (var watch = RolloutWatch.of(hub, "app");
        var _ = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      app.enrol();
      app.complete("v1", STAGES);
      // The end of February, years from now or years ago.
      app.declare("v2", STAGES + window("0 0 29 2 *", "1s"));
      app.await("Ready", "OutsideWindow");
      app.await("Progressing", "OutsideWindow");
      assertThat(app.message("Ready")).contains("the next window opens at ").contains("-02-29T");
      assertThat(app.status().nextTransitionAt()).isNotNull();
      Writes.from(hub).awaitEnd();
      watch.assertNever("v2", ALL);

      app.declare("v2", STAGES + window("99 9 * * *", "1h"));
      app.await("Stalled", "InvalidWindow");
      app.await("Ready", "InvalidWindow");
      assertThat(app.message("Stalled"))
          .contains("a window of spec.rollout.windows cannot be read")
          .contains("99 9 * * *");
      Writes.from(hub).awaitEnd();
      watch.assertNever("v2", ALL);

      app.complete("v2", STAGES + window("* * * * *", "24h"));
    }
  }

  private static String window(String schedule, String duration) {
    return "  windows: [{schedule: \"%s\", duration: %s}]\n".formatted(schedule, duration);
  }

  private static String withGate(String gate) {
    return STAGES.replace("{ring: canary}}}", "{ring: canary}}, gates: [{%s}]}".formatted(gate));
  }

  private static void approve(TestFleet hub, String name, String stage, String revision) {
    var approval = new RolloutApproval();
    approval.getMetadata().setName(name);
    approval.getMetadata().setNamespace(hub.namespace());
    approval.setSpec(
        new RolloutApprovalSpec(
            new ModuleRef(null, "app"), stage, revision, "ada@example.com", null));
    hub.client().resource(approval).create();
  }

  private static RolloutApproval approval(TestFleet hub, String name) {
    return hub.client()
        .resources(RolloutApproval.class)
        .inNamespace(hub.namespace())
        .withName(name)
        .get();
  }

  private static Condition ready(TestFleet hub, String name) {
    return approval(hub, name).getStatus().conditions().getFirst();
  }

  private static void awaitJudged(TestFleet hub, String name, String reason) {
    eventually().untilAsserted(() -> assertThat(ready(hub, name).getReason()).isEqualTo(reason));
  }
}
