package dev.tranche.controlplane;

import static dev.tranche.controlplane.Rollouts.ALL;
import static dev.tranche.controlplane.Rollouts.CANARY;
import static dev.tranche.controlplane.Rollouts.EUROPE;
import static dev.tranche.controlplane.Rollouts.STAGES;
import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.StageState;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clusters come, go and change while a rollout is underway. */
@FleetTest(flux = false)
class RolloutMembershipTest {
  private static final String REGION =
      """
      controlPlaneBindings:
      - name: REGION
        objectFieldRef: {apiVersion: cluster.x-k8s.io/v1beta2, kind: Cluster, name: $(CLUSTER_NAME), fieldPath: /metadata/labels/region}
      """;

  @ParameterizedTest
  @EnumSource
  void joinsLeavesAndMovesInTheMiddle(Delivery delivery, TestNamespace namespace)
      throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub, delivery);
    var observer = new FleetObserver(hub);
    try (var watch = RolloutWatch.of(hub, "app");
        var flux = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      var stages =
          STAGES
              .replace("rollout:", "rollout:\n  maxUnready: 5")
              .replace("america}}, maxUnready: 1", "america}}, maxUnready: 2");
      app.enrol();
      app.complete("v1", stages);
      List.of("e1", "e2", "e3", "a1").forEach(cluster -> flux.hangs(cluster, "v2"));
      app.declare("v2", stages);
      eventually()
          .untilAsserted(() ->
              assertThat(watch.having("v2"))
                  .containsExactly("a1", "a2", "a3", "canary", "e1", "e2"));

      // Whoever joins gets what the others had before, and then takes its turn.
      app.enrol("a4", "america");
      app.enrol("elsewhere", "asia");
      eventually()
          .untilAsserted(() -> {
            assertThat(watch.having("v2")).contains("a4");
            assertThat(watch.having("v1")).containsExactly("e3", "e4", "elsewhere");
            assertThat(app.stage("america").total()).isEqualTo(4);
            assertThat(app.stage("unmatched").total()).isEqualTo(1);
            assertThat(app.stage("unmatched").state()).isEqualTo(StageState.WAITING);
          });
      watch.assertUnreadyAtMost(2, EUROPE);
      // Whoever leaves makes room for the next.
      observer.deleteCluster("e1");
      eventually().untilAsserted(() -> assertThat(watch.having("v2")).contains("e3"));
      assertThat(watch.having("v1")).containsExactly("e4", "elsewhere");
      // Whoever moves takes its turn in the other stage, which has room.
      observer.patchCluster("e4", "{\"metadata\":{\"labels\":{\"ring\":\"america\"}}}");
      eventually()
          .untilAsserted(() -> {
            assertThat(watch.having("v2")).contains("e4");
            assertThat(app.stage("europe").total()).isEqualTo(2);
            assertThat(app.stage("america").total()).isEqualTo(5);
          });
      assertThat(watch.having("v1")).containsExactly("elsewhere");

      flux.succeeds("v2");
      hub.awaitReady("app");
      var america = List.of("a1", "a2", "a3", "a4", "e4");
      Stream.of(america, List.of("e2", "e3", "canary", "elsewhere"))
          .flatMap(List::stream)
          .forEach(cluster -> assertThat(watch.tags(cluster)).containsExactly("v1", "v2"));
      watch.assertInTurn("v2", CANARY, america);
      watch.assertInTurn("v2", america, List.of("elsewhere"));
      watch.assertInTurn("v2", List.of("e2", "e3"), List.of("elsewhere"));
      watch.assertUnreadyAtMost(2, List.of("a1", "a2", "a3", "a4"));

      // Whoever joins now has no use for what there was before.
      app.enrol("a5", "america");
      eventually().until(() -> watch.allSucceeded("v2", List.of("a5")));
      assertThat(watch.tags("a5")).containsExactly("v2");
    }
  }

  @Test
  void aClusterThatNoStageTakes(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    try (var watch = RolloutWatch.of(hub, "app");
        var _ = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      app.enrol("canary", "canary");
      app.enrol("elsewhere", "asia");
      app.complete("v1", "");

      app.declare("v2", STAGES + "  unmatched: Reject\n");
      app.await("Ready", "UnmatchedClusters");
      app.await("Stalled", "UnmatchedClusters");
      assertThat(app.message("Stalled")).contains("no stage selects elsewhere");
      Writes.from(hub).awaitEnd();
      watch.assertNever("v2", List.of("canary", "elsewhere"));

      app.declare("v2", STAGES + "  unmatched: Ignore\n");
      eventually().until(() -> app.status().completedAt() != null);
      assertThat(watch.having("v2")).containsExactly("canary");
      assertThat(FleetObserver.attention(app.module(), "elsewhere"))
          .hasValueSatisfying(held -> assertThat(held.reason()).isEqualTo("Unmatched"));

      app.complete("v2", STAGES);
      watch.assertInTurn("v2", CANARY, List.of("elsewhere"));
    }
  }

  @Test
  void aBindingsValueChangesInTheMiddleAndAfterwards(TestNamespace namespace)
      throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var app = new Rollouts(hub);
    var observer = new FleetObserver(hub);
    try (var watch = RolloutWatch.of(hub, "app");
        var flux = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      app.enrol();
      ALL.forEach(cluster -> region(observer, cluster, "one"));
      declare(app, "v1");
      hub.awaitReady("app");
      flux.hangs("canary", "v2");
      declare(app, "v2");
      eventually().untilAsserted(() -> assertThat(watch.having("v2")).containsExactly("canary"));

      region(observer, "canary", "two");
      region(observer, "e1", "two");
      eventually().untilAsserted(() -> assertThat(regions(hub, "two")).containsExactly("canary"));
      Writes.from(hub).awaitEnd();
      assertThat(watch.having("v2")).containsExactly("canary");
      flux.succeeds("v2");
      hub.awaitReady("app");
      assertThat(regions(hub, "two")).containsExactly("canary", "e1");
      watch.assertInTurn("v2", CANARY, EUROPE);
      watch.assertUnreadyAtMost(2, EUROPE);

      // All of Europe is to change, and may not do so at once.
      flux.hangs("v2");
      EUROPE.forEach(cluster -> region(observer, cluster, "three"));
      eventually().untilAsserted(() -> assertThat(regions(hub, "three")).hasSize(2));
      app.await("Ready", "RollingOut");
      Writes.from(hub).awaitEnd();
      assertThat(regions(hub, "three")).hasSize(2);
      flux.succeeds("v2");
      hub.awaitReady("app");
      assertThat(regions(hub, "three")).containsExactlyElementsOf(EUROPE);
      watch.assertUnreadyAtMost(2, EUROPE);
    }
  }

  private static void declare(Rollouts app, String tag) {
    app.hub()
        .apply(
            TestFleet.module("app", Rollouts.URL, tag, "{}")
                + "    package: {kustomize: {substitute: {REGION: $(REGION)}}}\n"
                + (REGION + STAGES).indent(2));
  }

  private static void region(FleetObserver observer, String cluster, String region) {
    observer.patchCluster(
        cluster, "{\"metadata\":{\"labels\":{\"region\":\"%s\"}}}".formatted(region));
  }

  /** The clusters that are assigned a region. */
  private static List<String> regions(TestFleet hub, String region) {
    return new FleetObserver(hub)
        .assemblages().stream()
            .filter(assemblage ->
                assemblage.getSpec().syncs().stream()
                    .anyMatch(sync ->
                        region.equals(
                            Objects.requireNonNull(
                                    Objects.requireNonNull(sync.syncPackage()).kustomize())
                                .substitute()
                                .get("REGION"))))
            .map(assemblage -> assemblage.getMetadata().getName())
            .sorted()
            .toList();
  }
}
