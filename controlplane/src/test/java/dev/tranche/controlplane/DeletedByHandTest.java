package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What people delete of ours comes back, and what runs in the cluster never notices. */
@FleetTest
class DeletedByHandTest {
  @Test
  void comesBackAndUninstallsNothing(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var repository = fleet.git().createRepository(namespace.name());
    repository.commit(
        Map.of(
            "cm.yaml",
            """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: app, namespace: %s}
            data: {version: one}
            """
                .formatted(namespace.name())),
        "One");
    repository.tag("v1");
    var hub = TestFleet.in(namespace);
    var hands = new Hands(hub);
    var flux = new PlayedFlux(hub);
    var installed = alpha.client().configMaps().inNamespace(namespace.name()).withName("app");
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.enrol("alpha", alpha, Map.of());
      hub.apply(TestFleet.module("app", repository.url(), "v1", "{}"));
      hub.awaitReady("app");
      var uid = installed.get().getMetadata().getUid();

      var kustomization = flux.kustomization("alpha", "app", "v1");
      hands.delete(kustomization);
      awaitAnother(hub, Kustomization.class, kustomization);
      hub.awaitReady("app");

      var source = flux.sources().getFirst();
      hands.delete(source);
      awaitAnother(hub, GitRepository.class, source);
      eventually()
          .untilAsserted(() ->
              assertThat(flux.sources())
                  .hasSize(1)
                  .noneMatch(s -> s.getStatus().getArtifact() == null));
      hub.awaitReady("app");

      var assemblage = hub.assemblage("alpha").orElseThrow();
      hands.delete(assemblage);
      awaitAnother(hub, RemoteAssemblage.class, assemblage);
      awaitSucceeded(hub);
      hub.awaitReady("app");
      assertThat(flux.kustomizations()).hasSize(1);
      assertThat(flux.sources()).hasSize(1);

      // All at once.
      flux.kustomizations().forEach(hands::delete);
      flux.sources().forEach(hands::delete);
      var last = hub.assemblage("alpha").orElseThrow();
      hands.delete(last);
      awaitAnother(hub, RemoteAssemblage.class, last);
      awaitSucceeded(hub);
      hub.awaitReady("app");

      assertThat(installed.get().getMetadata().getUid()).isEqualTo(uid);
      assertThat(installed.get().getMetadata().getDeletionTimestamp()).isNull();
    }
  }

  private static void awaitSucceeded(TestFleet hub) {
    eventually()
        .until(() ->
            hub.assemblage("alpha").stream()
                .flatMap(assemblage -> assemblage.getStatus().syncs().stream())
                .anyMatch(sync -> sync.state() == SyncState.SUCCEEDED));
  }

  private static <T extends HasMetadata> void awaitAnother(
      TestFleet hub, Class<T> type, T deleted) {
    var name = deleted.getMetadata().getName();
    eventually()
        .untilAsserted(() -> {
          var now = hub.client().resources(type).inNamespace(hub.namespace()).withName(name).get();
          assertThat(now).isNotNull();
          assertThat(now.getMetadata().getUid()).isNotEqualTo(deleted.getMetadata().getUid());
        });
  }
}
