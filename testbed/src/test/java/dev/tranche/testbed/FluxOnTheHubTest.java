package dev.tranche.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tranche.testbed.git.GitServer;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@FleetTest
final class FluxOnTheHubTest {
  private final Fleet fleet;
  private final Hub hub;
  private final GitServer git;
  private final TestNamespace namespace;

  FluxOnTheHubTest(Fleet fleet, Hub hub, GitServer git, TestNamespace namespace) {
    this.fleet = fleet;
    this.hub = hub;
    this.git = git;
    this.namespace = namespace;
  }

  @Test
  void appliesARepositoryToAWorkloadClusterAndPrunesIt(@TempDir Path folder) throws Exception {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var repository = git.createRepository(namespace.name());
    var first =
        repository.commit(
            Map.of(
                "kept.yaml", Manifests.configMap("kept", namespace.name(), "one"),
                "dropped.yaml", Manifests.configMap("dropped", namespace.name(), "one")),
            "Two ConfigMaps");
    Manifests.enrol(hub, namespace.name(), alpha);
    applySync(folder, repository.url(), first);
    var configMaps = alpha.client().configMaps().inNamespace(namespace.name());
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(lastAppliedRevision()).isEqualTo("main@sha1:" + first));
    assertThat(configMaps.withName("kept").get().getData()).containsEntry("value", "one");
    assertThat(configMaps.withName("dropped").get()).isNotNull();

    repository.remove(Set.of("dropped.yaml"), "One less");
    var second =
        repository.commit(
            Map.of("kept.yaml", Manifests.configMap("kept", namespace.name(), "two")), "Two");
    applySync(folder, repository.url(), second);
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(lastAppliedRevision()).isEqualTo("main@sha1:" + second));
    assertThat(configMaps.withName("kept").get().getData()).containsEntry("value", "two");
    assertThat(configMaps.withName("dropped").get()).isNull();
  }

  private void applySync(Path folder, String url, String commit) throws Exception {
    var file = folder.resolve("sync.yaml");
    Files.writeString(file, Manifests.sync(namespace.name(), url, commit, "alpha"));
    hub.apply(file);
  }

  private String lastAppliedRevision() {
    var kustomization =
        hub.client()
            .genericKubernetesResources("kustomize.toolkit.fluxcd.io/v1", "Kustomization")
            .inNamespace(namespace.name())
            .withName("alpha")
            .get();
    return kustomization.get("status", "lastAppliedRevision");
  }
}
