package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** An entry says what becomes of what it applied once it is taken out. */
@FleetTest
class OrphanedEntryTest {
  @Test
  void whatAnOrphanAppliedStays(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var kept = ConfigMapRepository.create(fleet, namespace, "kept").with("v1.0.0");
    var gone = ConfigMapRepository.create(fleet, namespace, "gone").with("v1.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.enrol("alpha", alpha, Map.of());
      hub.apply(assemblage(entry(kept, "Prune"), entry(gone, "Orphan")));
      eventually()
          .untilAsserted(() -> {
            assertThat(status(hub, "kept").state()).isEqualTo(SyncState.SUCCEEDED);
            assertThat(status(hub, "kept").deletionPolicy()).isNull();
            assertThat(status(hub, "gone").state()).isEqualTo(SyncState.SUCCEEDED);
            assertThat(status(hub, "gone").deletionPolicy()).isEqualTo(DeletionPolicy.ORPHAN);
          });

      // Marked later, and no longer marked.
      hub.apply(assemblage(entry(kept, "Orphan"), entry(gone, "Prune")));
      eventually()
          .untilAsserted(() -> {
            assertThat(status(hub, "kept").deletionPolicy()).isEqualTo(DeletionPolicy.ORPHAN);
            assertThat(status(hub, "gone").deletionPolicy()).isNull();
          });

      hub.apply(assemblage());
      eventually()
          .untilAsserted(() -> {
            assertThat(observer.kustomizations()).isEmpty();
            assertThat(assemblageOf(hub).getStatus().syncs()).isEmpty();
          });
      assertThat(kept.on(alpha)).contains("v1.0.0");
      assertThat(gone.on(alpha)).isEmpty();
    }
  }

  private static String assemblage(String... entries) {
    return """
    apiVersion: fleet.tranche.dev/v1alpha1
    kind: RemoteAssemblage
    metadata: {name: alpha}
    spec:
      kubeconfigRef: {name: alpha-kubeconfig}
      syncs: [%s]
    """
        .formatted(String.join(", ", entries));
  }

  private static String entry(ConfigMapRepository repository, String policy) {
    return """
    {origin: Acme, name: %1$s, revision: r-%2$s, deletionPolicy: %2$s,
     source: {git: {url: "%3$s", version: {tag: v1.0.0}}}}\
    """
        .formatted(repository.name(), policy, repository.git().url());
  }

  private static RemoteAssemblage assemblageOf(TestFleet hub) {
    return hub.assemblage("alpha").orElseThrow();
  }

  private static SyncStatus status(TestFleet hub, String name) {
    return assemblageOf(hub).getStatus().syncs().stream()
        .filter(status -> status.name().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
