package dev.tranche.assemblage.agent;

import static dev.tranche.assemblage.agent.Workload.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program: how it begins, how it ends, and what comes after an end. */
@FleetTest(flux = false, clusterApi = false)
class AgentProcessTest {
  @Test
  void catchesUpAfterItWasKilled(Fleet fleet, TestNamespace namespace, @TempDir Path directory)
      throws InterruptedException {
    var workload = Workload.in(fleet, namespace);
    var app = Repository.create(fleet, workload, "app", "v1", "v2");
    var gone = Repository.create(fleet, workload, "gone", "v1");
    var edited = Repository.create(fleet, workload, "edited", "v1");
    try (var first =
        AgentProcess.start(workload.cluster(), workload.namespace(), directory).awaitStarted()) {
      workload.assign(app.entry("v1"), gone.entry("v1"), edited.entry("v1"));
      workload.awaitState("app", "v1", SyncState.SUCCEEDED);
      workload.awaitState("gone", "v1", SyncState.SUCCEEDED);
      workload.awaitState("edited", "v1", SyncState.SUCCEEDED);
      first.program().kill();
    }
    workload.assign(app.entry("v2"), edited.entry("v1"));
    var kustomization = workload.kustomization("edited");
    workload.edit(
        Kustomization.class,
        kustomization.getMetadata().getName(),
        "{\"spec\":{\"path\":\"./by-hand\"}}");
    try (var second =
        AgentProcess.start(workload.cluster(), workload.namespace(), directory).awaitStarted()) {
      workload.awaitState("app", "v2", SyncState.SUCCEEDED);
      assertThat(workload.data("app")).containsEntry("version", "v2");
      eventually()
          .untilAsserted(() -> {
            assertThat(workload.syncs()).hasSize(2);
            assertThat(workload.data("gone")).isNull();
            assertThat(workload.sources()).hasSize(2);
          });
      workload.awaitState("edited", "v1", SyncState.SUCCEEDED);
      assertThat(workload.kustomization("edited").getSpec())
          .usingRecursiveComparison()
          .isEqualTo(kustomization.getSpec());

      second.program().terminate();
      assertThat(second.program().statusWithin(Duration.ofSeconds(10)))
          .as(second.program().log())
          .isZero();
      assertThat(second.program().log()).contains("stopped").doesNotContain("ERROR");
    }
  }

  @Test
  void waitsForKindsAndSaysWhatToApply(Fleet fleet, @TempDir Path directory)
      throws InterruptedException {
    var bare = fleet.startCluster("bare");
    try (var agent = AgentProcess.start(bare, "default", directory)) {
      eventually()
          .untilAsserted(() -> {
            assertThat(agent.program().log())
                .contains("deploy/crds/assemblages.fleet.tranche.dev.yaml", "install Flux");
            var ready = agent.get("/readyz");
            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(ready.body()).contains("kubectl apply");
            assertThat(agent.get("/livez").statusCode()).isEqualTo(200);
          });

      bare.apply(Path.of("deploy", "agent"));
      bare.startFlux();
      eventually()
          .untilAsserted(() -> assertThat(agent.get("/readyz").statusCode()).isEqualTo(200));
      agent.program().terminate();
      assertThat(agent.program().statusWithin(Duration.ofSeconds(10)))
          .as(agent.program().log())
          .isZero();
    }
  }

  @Test
  void endsInOrderWhileItWaits(Fleet fleet, @TempDir Path directory) throws InterruptedException {
    var bare = fleet.startCluster("bare");
    try (var agent = AgentProcess.start(bare, "default", directory)) {
      eventually().until(() -> agent.program().log().contains("waiting"));
      agent.program().terminate();
      assertThat(agent.program().statusWithin(Duration.ofSeconds(10)))
          .as(agent.program().log())
          .isZero();
    }
  }
}
