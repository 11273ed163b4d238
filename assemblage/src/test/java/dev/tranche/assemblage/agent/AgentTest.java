package dev.tranche.assemblage.agent;

import static dev.tranche.assemblage.agent.Workload.NAME;
import static dev.tranche.assemblage.agent.Workload.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.assemblage.Expansion;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.v1alpha1.Assemblage;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.testbed.AuditEvent;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What an agent does with an Assemblage, while nobody but Flux is there. */
@FleetTest(flux = false, clusterApi = false)
class AgentTest {
  private static final Duration QUIET = Duration.ofSeconds(2);

  private final Fleet fleet;
  private final Workload workload;

  AgentTest(Fleet fleet, TestNamespace namespace) {
    this.fleet = fleet;
    this.workload = Workload.in(fleet, namespace);
  }

  private Repository repository(String name, String... versions) {
    return Repository.create(fleet, workload, name, versions);
  }

  @Test
  void appliesEachVersionAndRepairsDrift() throws InterruptedException {
    var app = repository("app", "v1", "v2");
    try (var _ = RunningAgent.start(workload)) {
      workload.assign(app.entry("Module", "v1", "r1", ", package: {kustomize: {interval: 1s}}"));
      workload.awaitState("app", "r1", SyncState.SUCCEEDED);
      assertThat(workload.data("app")).containsEntry("version", "v1");
      assertThat(workload.sync("app").appliedRevision()).startsWith("v1@sha1:");
      assertThat(workload.kustomization("app").getSpec().getKubeConfig()).isNull();

      // Of what was applied, by Flux; of Flux's objects, by the agent.
      workload.edit(ConfigMap.class, "app", "{\"data\":{\"version\":\"by-hand\"}}");
      eventually()
          .untilAsserted(() -> assertThat(workload.data("app")).containsEntry("version", "v1"));
      var kustomization = workload.kustomization("app");
      workload.edit(
          Kustomization.class,
          kustomization.getMetadata().getName(),
          "{\"spec\":{\"suspend\":true,\"kubeConfig\":{\"secretRef\":{\"name\":\"elsewhere\"}}}}");
      eventually()
          .untilAsserted(() -> {
            assertThat(workload.kustomization("app").getSpec())
                .usingRecursiveComparison()
                .isEqualTo(kustomization.getSpec());
          });

      workload.assign(app.entry("v2"));
      workload.awaitState("app", "v2", SyncState.SUCCEEDED);
      assertThat(workload.data("app")).containsEntry("version", "v2");
    }
  }

  @Test
  void collectsSourcesThatNobodyUses() throws InterruptedException {
    var app = repository("app", "v1", "v2");
    try (var _ = RunningAgent.start(workload)) {
      workload.assign(app.entry("v1"));
      workload.awaitState("app", "v1", SyncState.SUCCEEDED);
      workload.assign(app.entry("v2"));
      workload.awaitState("app", "v2", SyncState.SUCCEEDED);
      eventually()
          .untilAsserted(() ->
              assertThat(workload.sources())
                  .singleElement()
                  .satisfies(
                      source -> assertThat(source.getSpec().getRef().getTag()).isEqualTo("v2")));
    }
  }

  @Test
  void aSyncWaitsForAKindThatIsNotInstalledAndTheOthersDoNot(TestNamespace namespace)
      throws InterruptedException {
    var cluster = fleet.startCluster("without-helm");
    namespace.on(cluster);
    cluster.startFlux();
    cluster.apply(Path.of("deploy", "agent"));
    var there = new Workload(cluster, namespace.name());
    var app = Repository.create(fleet, there, "app", "v1");
    var chart =
        """
        {origin: Module, name: chart, revision: r1, source: {git: {url: "%s", version: {tag: v1}}},
          package: {helm: {targetNamespace: default}}}\
        """
            .formatted(app.git().url());
    try (var _ = RunningAgent.start(there)) {
      there.assign(app.entry("v1"), chart);
      there.awaitState("app", "v1", SyncState.SUCCEEDED);
      there.awaitState("chart", "r1", SyncState.WAITING);
      assertThat(there.sync("chart").reason()).isEqualTo("KindNotInstalled");
      assertThat(there.sync("chart").message()).contains("install Flux's helm-controller");

      cluster.apply(Path.of("crd-models/src/main/crds/helm.toolkit.fluxcd.io_helmreleases.yaml"));
      there.awaitState("chart", "r1", SyncState.FAILED);
      assertThat(there.sync("chart").message()).contains("the source cannot be fetched");
    }
  }

  @Test
  void withdrawalPrunesAndAnOrphanStays() throws InterruptedException {
    var kept = repository("kept", "v1");
    var gone = repository("gone", "v1");
    try (var _ = RunningAgent.start(workload)) {
      workload.assign(
          kept.entry("Module", "v1", "r1", ", deletionPolicy: Orphan"), gone.entry("v1"));
      workload.awaitState("kept", "r1", SyncState.SUCCEEDED);
      workload.awaitState("gone", "v1", SyncState.SUCCEEDED);
      assertThat(workload.sync("kept").deletionPolicy()).isEqualTo(DeletionPolicy.ORPHAN);
      assertThat(workload.sync("gone").deletionPolicy()).isNull();

      workload.withdrawAll();
      eventually().untilAsserted(() -> assertThat(workload.syncs()).isEmpty());
      assertThat(workload.kustomizations()).isEmpty();
      assertThat(workload.data("kept")).containsEntry("version", "v1");
      assertThat(workload.data("gone")).isNull();
      eventually().untilAsserted(() -> assertThat(workload.sources()).isEmpty());
    }
  }

  @Test
  void entriesOfOthersStandBesideOurs() throws InterruptedException {
    var ours = repository("ours", "v1");
    var theirs = repository("theirs", "v1");
    try (var _ = RunningAgent.start(workload)) {
      workload.assign(ours.entry("v1"));
      workload.assignAs("acme", theirs.entry("Acme", "v1", "t1", ""));
      workload.awaitState("ours", "v1", SyncState.SUCCEEDED);
      workload.awaitState("theirs", "t1", SyncState.SUCCEEDED);

      workload.assign();
      eventually().untilAsserted(() -> assertThat(workload.syncs()).hasSize(1));
      assertThat(workload.data("ours")).isNull();
      assertThat(workload.data("theirs")).containsEntry("version", "v1");
      assertThat(workload.sync("theirs").state()).isEqualTo(SyncState.SUCCEEDED);
    }
  }

  @Test
  void nothingIsUninstalledWhenAnAssemblageIsDeletedAndMadeAgain() throws InterruptedException {
    var app = repository("app", "v1");
    try (var _ = RunningAgent.start(workload)) {
      workload.assign(app.entry("v1"));
      workload.awaitState("app", "v1", SyncState.SUCCEEDED);
      var uid = uid("app");

      workload.client().resource(workload.assemblage().orElseThrow()).delete();
      eventually().untilAsserted(() -> assertThat(workload.assemblage()).isEmpty());
      assertThat(workload.kustomizations()).isEmpty();
      assertThat(uid("app")).isEqualTo(uid);

      workload.assign(app.entry("v1"));
      workload.awaitState("app", "v1", SyncState.SUCCEEDED);
      assertThat(uid("app")).isEqualTo(uid);
    }
  }

  @Test
  void anEntryTakenOutByHandAndPutBackIsNotUninstalled() throws InterruptedException {
    var app = repository("app", "v1");
    try (var _ = RunningAgent.start(workload)) {
      workload.assign(app.entry("v1"));
      workload.awaitState("app", "v1", SyncState.SUCCEEDED);
      var kustomization = workload.kustomization("app").getMetadata().getUid();
      var uid = uid("app");

      workload.withdrawAll();
      workload.assign(app.entry("v1"));
      awaitQuiet();
      workload.awaitState("app", "v1", SyncState.SUCCEEDED);
      assertThat(workload.kustomization("app").getMetadata().getUid()).isEqualTo(kustomization);
      assertThat(uid("app")).isEqualTo(uid);
    }
  }

  /** A cluster may be a hub too, or have Flux objects of people. */
  @Test
  void touchesNothingThatIsNotItsOwn() throws InterruptedException {
    var app = repository("app", "v1");
    workload.apply(
        """
        apiVersion: source.toolkit.fluxcd.io/v1
        kind: GitRepository
        metadata: {name: theirs}
        spec: {url: "https://git.example.com/theirs.git", ref: {tag: v1}, interval: 1h, suspend: true}
        ---
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {name: theirs, annotations: {%1$s: %2$s}}
        spec: {sourceRef: {kind: GitRepository, name: theirs}, interval: 1h, prune: true, suspend: true}
        ---
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata:
          name: of-a-hub
          labels: {%3$s: %4$s, %1$s: %2$s}
          annotations: {%1$s: %2$s, %5$s: Module, %6$s: other}
          ownerReferences:
          - {apiVersion: fleet.tranche.dev/v1alpha1, kind: RemoteAssemblage, name: %2$s, uid: "1", controller: true}
        spec: {sourceRef: {kind: GitRepository, name: theirs}, interval: 1h, prune: true, suspend: true}
        """
            .formatted(
                Expansion.ASSEMBLAGE,
                NAME,
                Expansion.MANAGED_BY,
                Expansion.MANAGER,
                Expansion.ORIGIN,
                Expansion.SYNC));
    var before = theirs();
    assertThat(before).hasSize(3);
    try (var _ = RunningAgent.start(workload)) {
      workload.assign(app.entry("v1"));
      workload.awaitState("app", "v1", SyncState.SUCCEEDED);
      workload.withdrawAll();
      eventually().untilAsserted(() -> assertThat(workload.syncs()).isEmpty());
      workload.client().resource(workload.assemblage().orElseThrow()).delete();
      eventually().untilAsserted(() -> assertThat(workload.assemblage()).isEmpty());
      eventually().untilAsserted(() -> assertThat(workload.sources()).hasSize(1));
    }
    assertThat(theirs()).isEqualTo(before);
  }

  @Test
  void writesNothingAtRest() throws InterruptedException {
    var one = repository("one", "v1");
    var two = repository("two", "v1");
    workload.configMap("settings", "{region: eu}");
    try (var _ = RunningAgent.start(workload)) {
      workload.assign(
          one.entry("v1"),
          two.valued("r1", "$(REGION)", configMapBinding("REGION", "settings", "/data/region")));
      workload.awaitState("one", "v1", SyncState.SUCCEEDED);
      workload.awaitState("two", "r1", SyncState.SUCCEEDED);
      awaitQuiet();

      var mark = workload.cluster().auditLog().mark();
      workload.configMap("settings", "{region: eu, other: news}");
      workload.edit(
          Assemblage.class, NAME, "{\"metadata\":{\"annotations\":{\"touched\":\"by-hand\"}}}");
      var word = "{\"metadata\":{\"annotations\":{\"reconcile.fluxcd.io/requestedAt\":\"now\"}}}";
      workload
          .kustomizations()
          .forEach(k -> workload.edit(Kustomization.class, k.getMetadata().getName(), word));
      workload
          .sources()
          .forEach(s -> workload.edit(GitRepository.class, s.getMetadata().getName(), word));
      eventually()
          .untilAsserted(() ->
              assertThat(workload.kustomizations())
                  .allSatisfy(
                      k -> assertThat(k.getStatus().getLastHandledReconcileAt()).isEqualTo("now")));
      awaitQuiet();
      assertThat(writes(mark)).isEmpty();
    }

    // Nor when another process takes over.
    var mark = workload.cluster().auditLog().mark();
    try (var _ = RunningAgent.start(workload)) {
      workload.edit(
          Assemblage.class, NAME, "{\"metadata\":{\"annotations\":{\"touched\":\"again\"}}}");
      awaitQuiet();
      assertThat(writes(mark)).isEmpty();
    }
  }

  static String configMapBinding(String name, String configMap, String path) {
    return """
    {name: %s, objectFieldRef: {apiVersion: v1, kind: ConfigMap, name: "%s", fieldPath: %s}}\
    """
        .formatted(name, configMap, path);
  }

  private String uid(String configMap) {
    return workload
        .client()
        .configMaps()
        .inNamespace(workload.namespace())
        .withName(configMap)
        .get()
        .getMetadata()
        .getUid();
  }

  private Map<String, String> theirs() {
    return Stream.<HasMetadata>concat(
            workload.kustomizations().stream(), workload.sources().stream())
        .filter(object ->
            object.getMetadata().getName().equals("theirs")
                || object.getMetadata().getName().equals("of-a-hub"))
        .collect(
            Collectors.toMap(
                object -> object.getKind() + "/" + object.getMetadata().getName(),
                object ->
                    "%s at %d"
                        .formatted(
                            object.getMetadata().getUid(), object.getMetadata().getGeneration())));
  }

  private List<AuditEvent> writes(dev.tranche.testbed.AuditLog.Mark mark) {
    return workload.cluster().auditLog().since(mark).stream()
        .filter(AuditEvent::isWrite)
        .filter(event -> event.user().equals(RunningAgent.USER))
        .filter(event -> event.namespace().equals(workload.namespace()))
        .toList();
  }

  /** Returns after a while in which the agent wrote nothing. */
  private void awaitQuiet() {
    var mark = workload.cluster().auditLog().mark();
    var before = new AtomicInteger(-1);
    eventually()
        .pollDelay(Duration.ZERO)
        .pollInterval(QUIET)
        .until(() -> {
          int now = writes(mark).size();
          return before.getAndSet(now) == now;
        });
  }
}
