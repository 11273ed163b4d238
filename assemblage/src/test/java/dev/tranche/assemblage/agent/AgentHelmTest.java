package dev.tranche.assemblage.agent;

import static dev.tranche.assemblage.agent.Workload.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.flux.helm.v2.HelmRelease;
import dev.tranche.crd.flux.source.v1.HelmChart;
import dev.tranche.crd.flux.source.v1.OCIRepository;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.OciRegistry;
import dev.tranche.testbed.git.GitRepo;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Helm packages and OCI sources in a workload cluster, where Flux and a real registry are. */
@FleetTest(flux = false, clusterApi = false, helm = true)
class AgentHelmTest {
  private final Fleet fleet;
  private final Workload workload;

  AgentHelmTest(Fleet fleet, TestNamespace namespace) {
    this.fleet = fleet;
    this.workload = Workload.in(fleet, namespace);
  }

  @Test
  void releasesAChartAndHandsItValuesOfSecrets() throws InterruptedException {
    var repository = charts("v1");
    workload.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: keys}
        stringData: {token: "s3cret, with=signs"}
        """);
    try (var _ = RunningAgent.start(workload)) {
      workload.assign(entry(repository, "v1", "r1"));
      workload.awaitState("web", "r1", SyncState.SUCCEEDED);
      assertThat(workload.data("web"))
          .containsEntry("token", "s3cret, with=signs")
          .containsEntry("greeting", "hello paris");
      var release = list(HelmRelease.class).getFirst();
      assertThat(release.getSpec().getKubeConfig()).isNull();
      assertThat(Serialization.asJson(release) + Serialization.asJson(workload.syncs()))
          .doesNotContain("s3cret");

      // Another value is another content.
      workload.apply(
          """
          apiVersion: v1
          kind: Secret
          metadata: {name: keys}
          stringData: {token: other}
          """);
      eventually()
          .untilAsserted(() -> assertThat(workload.data("web")).containsEntry("token", "other"));
      workload.awaitState("web", "r1", SyncState.SUCCEEDED);

      workload.withdrawAll();
      eventually()
          .untilAsserted(() -> {
            assertThat(workload.syncs()).isEmpty();
            assertThat(list(HelmRelease.class)).isEmpty();
            assertThat(list(HelmChart.class)).isEmpty();
            assertThat(workload.sources()).isEmpty();
          });
      assertThat(workload.data("web")).isNull();
    }
  }

  @Test
  void leavesAReleaseThatIsMarkedSoAndOneWhoseAssemblageGoes() throws InterruptedException {
    try (var registry = OciRegistry.start();
        var _ = RunningAgent.start(workload)) {
      registry.pushChart("charts/web", "1.0.0", files());
      var source =
          "{oci: {url: \"%s\", insecure: true, version: {tag: 1.0.0}}}"
              .formatted(registry.url("charts/web"));
      workload.assign(
          """
          {origin: Module, name: web, revision: r1, deletionPolicy: Orphan, source: %s,
            package: {helm: {targetNamespace: %s, releaseName: web}}}\
          """
              .formatted(source, workload.namespace()));
      workload.awaitState("web", "r1", SyncState.SUCCEEDED);
      workload.withdrawAll();
      eventually().untilAsserted(() -> assertThat(list(HelmRelease.class)).isEmpty());
      assertThat(workload.data("web")).containsEntry("greeting", "hello");
      eventually().untilAsserted(() -> assertThat(list(OCIRepository.class)).isEmpty());

      workload.assign(
          """
          {origin: Module, name: web, revision: r2, source: %s,
            package: {helm: {targetNamespace: %s, releaseName: web, values: {greeting: again}}}}\
          """
              .formatted(source, workload.namespace()));
      workload.awaitState("web", "r2", SyncState.SUCCEEDED);
      assertThat(workload.data("web")).containsEntry("greeting", "hello again");
      workload.client().resource(workload.assemblage().orElseThrow()).delete();
      eventually().untilAsserted(() -> assertThat(list(HelmRelease.class)).isEmpty());
      assertThat(workload.data("web")).containsEntry("greeting", "hello again");
    }
  }

  private GitRepo charts(String tag) {
    var repository = fleet.git().createRepository(workload.namespace());
    var files = new java.util.HashMap<>(files());
    files.put("Chart.yaml", OciRegistry.chart("web", "1.0.0"));
    repository.commit(files, tag);
    repository.tag(tag);
    return repository;
  }

  private static Map<String, String> files() {
    return Map.of(
        "values.yaml",
        "greeting: \"\"\nauth: {token: none}\n",
        "templates/cm.yaml",
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: web}
        data:
          greeting: hello {{ .Values.greeting }}
          token: {{ .Values.auth.token | quote }}
        """);
  }

  private String entry(GitRepo repository, String tag, String revision) {
    return """
    {origin: Module, name: web, revision: %s,
      source: {git: {url: "%s", version: {tag: %s}}},
      bindings: [{name: TOKEN, objectFieldRef: {apiVersion: v1, kind: Secret, name: keys, fieldPath: /data/token}}],
      package: {helm: {targetNamespace: %s, values: {greeting: $(CLUSTER_NAME), auth: {token: $(TOKEN)}}}}}\
    """
        .formatted(revision, repository.url(), tag, workload.namespace());
  }

  private <T extends HasMetadata> List<T> list(Class<T> type) {
    return workload.client().resources(type).inNamespace(workload.namespace()).list().getItems();
  }
}
