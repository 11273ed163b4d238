package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.flux.helm.v2.HelmRelease;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.flux.source.v1.HelmChart;
import dev.tranche.crd.flux.source.v1.OCIRepository;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.OciRegistry;
import dev.tranche.testbed.WorkloadCluster;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * OCI sources and Helm packages with a real registry and Flux on the hub, which reaches the cluster
 * through its kubeconfig. Every chart and artifact puts one ConfigMap into the test's namespace.
 */
@FleetTest(helm = true, clusterApi = false)
class HelmAndOciTest {
  private static @Nullable OciRegistry registry;

  private final Fleet fleet;
  private final TestNamespace namespace;
  private final TestFleet hub;
  private final WorkloadCluster alpha;

  HelmAndOciTest(Fleet fleet, TestNamespace namespace) {
    this.fleet = fleet;
    this.namespace = namespace;
    this.hub = TestFleet.in(namespace);
    this.alpha = fleet.cluster("alpha");
  }

  @BeforeAll
  static void startRegistry() {
    registry = OciRegistry.start();
  }

  @AfterAll
  static void stopRegistry() {
    registry().close();
  }

  @BeforeEach
  void enrol() {
    namespace.on(alpha);
    hub.enrol("alpha", alpha, Map.of());
  }

  @Test
  void appliesAnArtifactByTagAndByDigest() throws InterruptedException {
    var name = namespace.name() + "/app";
    var first = registry().pushArtifact(name, "v1", Map.of("cm.yaml", configMap("one")));
    var second = registry().pushArtifact(name, "v2", Map.of("cm.yaml", configMap("two")));
    try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.apply(module(oci(name, "tag: v1"), "{kustomize: {}}"));
      hub.awaitReady("app");
      assertThat(data()).containsEntry("value", "one");
      assertThat(sync().appliedRevision()).isEqualTo("v1@" + first);

      hub.apply(module(oci(name, "digest: \"" + second + "\""), "{kustomize: {}}"));
      hub.awaitReady("app");
      assertThat(data()).containsEntry("value", "two");
      assertThat(sync().appliedRevision()).isEqualTo(second);
      eventually().untilAsserted(() -> assertThat(list(OCIRepository.class)).hasSize(1));

      hub.apply(module(oci(name, "tag: v9"), "{kustomize: {}}"));
      eventually()
          .untilAsserted(() ->
              assertThat(TestFleet.condition(hub.module("app"), "Ready").orElseThrow().getReason())
                  .isEqualTo("TagNotFound"));
      assertThat(sync().appliedRevision()).isEqualTo(second);

      // A range is the highest tag, by its digest.
      var third = registry().pushArtifact(name, "1.2.0", Map.of("cm.yaml", configMap("three")));
      registry().pushArtifact(name, "2.0.0", Map.of("cm.yaml", configMap("four")));
      hub.apply(module(oci(name, "semver: 1.x"), "{kustomize: {}}"));
      hub.awaitReady("app");
      assertThat(data()).containsEntry("value", "three");
      assertThat(sync().appliedRevision()).isEqualTo("1.2.0@" + third);
      // A tag that moves is told and not followed.
      var other = registry().pushArtifact(name, "1.2.0", Map.of("cm.yaml", configMap("five")));
      hub.client()
          .resources(Module.class)
          .inNamespace(namespace.name())
          .withName("app")
          .patch(
              PatchContext.of(PatchType.JSON_MERGE),
              "{\"metadata\":{\"annotations\":{\"reconcile.fluxcd.io/requestedAt\":\"now\"}}}");
      eventually()
          .untilAsserted(() ->
              assertThat(
                      TestFleet.condition(hub.module("app"), "TagMoved").orElseThrow().getMessage())
                  .contains(third, other));
      assertThat(sync().appliedRevision()).isEqualTo("1.2.0@" + third);
    }
  }

  @Test
  void releasesAChartFromARegistryAndUninstallsIt() throws InterruptedException {
    var name = namespace.name() + "/web";
    var first = registry().pushChart(name, "1.0.0", chartFiles("one"));
    registry().pushChart(name, "1.1.0", chartFiles("two"));
    try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.apply(module(oci(name, "tag: 1.0.0"), helm("values: {greeting: $(CLUSTER_NAME)}")));
      hub.awaitReady("app");
      assertThat(data()).containsEntry("value", "one").containsEntry("greeting", "alpha");
      assertThat(sync().appliedRevision())
          .isEqualTo(
              "1.0.0+%s@%s".formatted(first.substring("sha256:".length()).substring(0, 12), first));

      // What somebody changed by hand is set right again.
      alpha
          .client()
          .configMaps()
          .inNamespace(namespace.name())
          .withName("app")
          .edit(configMap -> {
            configMap.getData().put("value", "by hand");
            return configMap;
          });
      hub.apply(
          module(
              oci(name, "tag: 1.0.0"), helm("values: {greeting: $(CLUSTER_NAME)}, interval: 1s")));
      eventually().untilAsserted(() -> assertThat(data()).containsEntry("value", "one"));

      hub.apply(module(oci(name, "tag: 1.1.0"), helm("values: {greeting: hi}")));
      hub.awaitReady("app");
      assertThat(data()).containsEntry("value", "two").containsEntry("greeting", "hi");

      new FleetObserver(hub).deleteModule("app");
      eventually().untilAsserted(() -> assertThat(list(HelmRelease.class)).isEmpty());
      assertThat(data()).isNull();
      eventually().untilAsserted(() -> assertThat(list(OCIRepository.class)).isEmpty());
    }
  }

  /** The chart says 1.0.0 all the time. */
  @Test
  void releasesEveryCommitOfAChartInGit() throws InterruptedException {
    var repository = fleet.git().createRepository(namespace.name());
    commitChart(repository, "one", "v1");
    commitChart(repository, "two", "v2");
    try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.apply(module(git(repository.url(), "v1"), helm("chart: ./charts/web")));
      hub.awaitReady("app");
      assertThat(data()).containsEntry("value", "one");

      hub.apply(module(git(repository.url(), "v2"), helm("chart: ./charts/web")));
      hub.awaitReady("app");
      assertThat(data()).containsEntry("value", "two");
      assertThat(sync().appliedRevision()).isEqualTo("1.0.0+" + repository.head().substring(0, 12));

      // The same commit with other files is another content.
      hub.apply(
          module(
              git(repository.url(), "v2"),
              helm("chart: ./charts/web, valuesFiles: [charts/web/values-other.yaml]")));
      hub.awaitReady("app");
      assertThat(data()).containsEntry("greeting", "other");

      hub.apply(module(git(repository.url(), "v2"), helm("chart: ./charts/missing")));
      eventually().until(() -> sync().state() == SyncState.FAILED);
      assertThat(data()).containsEntry("greeting", "other");

      new FleetObserver(hub).deleteModule("app");
      eventually()
          .untilAsserted(() -> {
            assertThat(list(HelmRelease.class)).isEmpty();
            assertThat(list(HelmChart.class)).isEmpty();
            assertThat(list(GitRepository.class)).isEmpty();
          });
    }
  }

  @Test
  void tellsOfAReleaseThatFailsAndTriesAgain() throws InterruptedException {
    var name = namespace.name() + "/web";
    registry().pushChart(name, "1.0.0", chartFiles("one"));
    registry()
        .pushChart(name, "1.1.0", Map.of("templates/cm.yaml", "apiVersion: v1\nkind: Nonsense\n"));
    try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.apply(module(oci(name, "tag: 1.0.0"), helm("retryInterval: 1s")));
      hub.awaitReady("app");

      hub.apply(module(oci(name, "tag: 1.1.0"), helm("retryInterval: 1s")));
      eventually().until(() -> sync().state() == SyncState.FAILED);
      assertThat(sync().reason()).isEqualTo("UpgradeFailed");
      assertThat(sync().appliedRevision()).startsWith("1.0.0+");

      hub.apply(module(oci(name, "tag: 1.0.0"), helm("retryInterval: 1s")));
      hub.awaitReady("app");
      assertThat(data()).containsEntry("value", "one");
    }
  }

  /** Un-enrolling a cluster, and marking an entry so, leaves what runs there alone. */
  @Test
  void leavesAReleaseOfAClusterThatGoes() throws InterruptedException {
    var name = namespace.name() + "/web";
    registry().pushChart(name, "1.0.0", chartFiles("one"));
    try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.apply(module(oci(name, "tag: 1.0.0"), helm("retryInterval: 1s")));
      hub.awaitReady("app");
      new FleetObserver(hub).deleteCluster("alpha");
      eventually()
          .untilAsserted(() -> {
            assertThat(hub.assemblage("alpha")).isEmpty();
            assertThat(list(HelmRelease.class)).isEmpty();
          });
      assertThat(data()).containsEntry("value", "one");
    }
  }

  @Test
  void takesOutWhatWasAppliedInAnotherWayBefore() throws InterruptedException {
    var repository = fleet.git().createRepository(namespace.name());
    commitChart(repository, "one", "v1");
    repository.commit(Map.of("plain/cm.yaml", configMap("plain")), "Without Helm");
    repository.tag("v2");
    try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.apply(module(git(repository.url(), "v1"), helm("chart: ./charts/web")));
      hub.awaitReady("app");
      hub.apply(module(git(repository.url(), "v2"), "{kustomize: {path: ./plain}}"));
      hub.awaitReady("app");
      assertThat(data()).containsEntry("value", "plain");
      assertThat(list(HelmRelease.class)).isEmpty();
      assertThat(list(Kustomization.class)).hasSize(1);
    }
  }

  private static OciRegistry registry() {
    return Objects.requireNonNull(registry);
  }

  private String module(String source, String syncPackage) {
    return """
    apiVersion: fleet.tranche.dev/v1alpha1
    kind: Module
    metadata: {name: app}
    spec:
      selector: {}
      sync:
        source: %s
        package: %s
    """
        .formatted(source, syncPackage);
  }

  private static String oci(String repository, String version) {
    return "{oci: {url: \"%s\", insecure: true, version: {%s}}}"
        .formatted(registry().url(repository), version);
  }

  private static String git(String url, String tag) {
    return "{git: {url: \"%s\", version: {tag: %s}}}".formatted(url, tag);
  }

  private String helm(String more) {
    return "{helm: {targetNamespace: %s, %s}}".formatted(namespace.name(), more);
  }

  private static void commitChart(
      dev.tranche.testbed.git.GitRepo repository, String value, String tag) {
    var files = new java.util.HashMap<String, String>();
    chartFiles(value).forEach((path, content) -> files.put("charts/web/" + path, content));
    files.put("charts/web/Chart.yaml", OciRegistry.chart("web", "1.0.0"));
    repository.commit(files, value);
    repository.tag(tag);
  }

  private static Map<String, String> chartFiles(String value) {
    return Map.of(
        "values.yaml",
        "greeting: none\n",
        "values-other.yaml",
        "greeting: other\n",
        "templates/cm.yaml",
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: app}
        data: {value: "%s", greeting: {{ .Values.greeting | quote }}}
        """
            .formatted(value));
  }

  private String configMap(String value) {
    return """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: app, namespace: %s}
    data: {value: "%s"}
    """
        .formatted(namespace.name(), value);
  }

  private SyncStatus sync() {
    var status = Objects.requireNonNull(hub.assemblage("alpha").orElseThrow().getStatus());
    return status.syncs().getFirst();
  }

  private @Nullable Map<String, String> data() {
    var found = alpha.client().configMaps().inNamespace(namespace.name()).withName("app").get();
    return found == null ? null : found.getData();
  }

  private <T extends HasMetadata> List<T> list(Class<T> type) {
    return hub.client().resources(type).inNamespace(namespace.name()).list().getItems();
  }
}
