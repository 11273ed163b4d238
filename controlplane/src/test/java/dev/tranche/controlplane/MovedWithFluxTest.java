package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.testbed.ApiServer;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.JavaProgram;
import dev.tranche.testbed.WorkloadCluster;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With real Flux on both sides, what a module brought to a cluster stays while it moves. */
@FleetTest
class MovedWithFluxTest {
  @Test
  void nothingIsDeletedOnTheWay(Fleet fleet, TestNamespace namespace, @TempDir Path directory)
      throws InterruptedException {
    var alpha = fleet.startCluster("moved");
    namespace.on(alpha);
    alpha.startFlux();
    alpha.apply(Path.of("deploy", "agent"));
    var settings =
        ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0", "v2.0.0", "v3.0.0");
    var hub = TestFleet.in(namespace);
    try (var deletions = Deletions.in(alpha, namespace.name());
        var _ = agent(alpha, namespace.name(), directory);
        var _ = RunningControlPlane.start(fleet.hub(), namespace.name(), Duration.ofSeconds(10))) {
      hub.enrol("moved", alpha, Map.of());
      hub.apply(settings.module("v1.0.0", "{}"));
      hub.awaitReady("settings");
      var uid = configMap(alpha, namespace.name()).getMetadata().getUid();

      // The same version, then another one at the same time as the way back.
      hub.apply(settings.module("v1.0.0", "{}") + "  delivery: Proxy\n");
      hub.awaitReady("settings");
      awaitKustomizations(hub.hub(), alpha, namespace.name(), Delivery.PROXY);
      assertThat(configMap(alpha, namespace.name()).getMetadata().getUid()).isEqualTo(uid);
      hub.apply(settings.module("v2.0.0", "{}") + "  delivery: Remote\n");
      hub.awaitReady("settings");
      awaitKustomizations(hub.hub(), alpha, namespace.name(), Delivery.REMOTE);
      assertThat(settings.on(alpha)).contains("v2.0.0");
      assertThat(configMap(alpha, namespace.name()).getMetadata().getUid()).isEqualTo(uid);

      // The cluster hangs while it should move.
      alpha.hang();
      hub.apply(settings.module("v3.0.0", "{}") + "  delivery: Proxy\n");
      eventually()
          .untilAsserted(() ->
              assertThat(FleetObserver.attention(hub.module("settings"), "moved"))
                  .hasValueSatisfying(
                      attention -> assertThat(attention.reason()).isEqualTo("NoContact")));
      assertThat(kustomizations(hub.hub(), namespace.name())).hasSize(1);
      alpha.resume();
      hub.awaitReady("settings");
      awaitKustomizations(hub.hub(), alpha, namespace.name(), Delivery.PROXY);
      assertThat(settings.on(alpha)).contains("v3.0.0");
      assertThat(configMap(alpha, namespace.name()).getMetadata().getUid()).isEqualTo(uid);
      assertThat(deletions.names()).isEmpty();

      // Where it was brought last, it is taken away from.
      hub.client().resource(hub.module("settings")).delete();
      eventually().until(() -> settings.on(alpha).isEmpty());
      eventually().until(() -> deletions.names().equals(List.of("settings")));
    }
  }

  private static JavaProgram agent(WorkloadCluster cluster, String namespace, Path directory) {
    return JavaProgram.start(
        "dev.tranche.assemblage.agent.Main",
        List.of("--http-address=127.0.0.1:0", "--namespace", namespace),
        directory,
        cluster.kubeconfigFor(
            "system:serviceaccount:tranche-system:tranche-agent",
            List.of("system:serviceaccounts", "system:serviceaccounts:tranche-system")));
  }

  private static void awaitKustomizations(
      ApiServer hub, ApiServer cluster, String namespace, Delivery delivery) {
    eventually()
        .untilAsserted(() -> {
          assertThat(kustomizations(hub, namespace)).hasSize(delivery == Delivery.REMOTE ? 1 : 0);
          assertThat(kustomizations(cluster, namespace))
              .hasSize(delivery == Delivery.REMOTE ? 0 : 1);
        });
  }

  private static List<Kustomization> kustomizations(ApiServer cluster, String namespace) {
    return cluster.client().resources(Kustomization.class).inNamespace(namespace).list().getItems();
  }

  private static ConfigMap configMap(ApiServer cluster, String namespace) {
    return cluster.client().configMaps().inNamespace(namespace).withName("settings").get();
  }

  /** The ConfigMaps that were deleted in a namespace. */
  private record Deletions(List<String> names, SharedIndexInformer<ConfigMap> informer)
      implements AutoCloseable {
    static Deletions in(ApiServer cluster, String namespace) {
      var names = new CopyOnWriteArrayList<String>();
      return new Deletions(
          names,
          cluster
              .client()
              .configMaps()
              .inNamespace(namespace)
              .inform(
                  new ResourceEventHandler<>() {
                    @Override
                    public void onAdd(ConfigMap object) {}

                    @Override
                    public void onUpdate(ConfigMap before, ConfigMap after) {}

                    @Override
                    public void onDelete(ConfigMap object, boolean finalStateUnknown) {
                      names.add(object.getMetadata().getName());
                    }
                  }));
    }

    @Override
    public void close() {
      informer.close();
    }
  }
}
