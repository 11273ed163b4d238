package dev.tranche.controlplane;

import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.controlplane.applied.AppliedAnswers;
import dev.tranche.controlplane.module.MarkerSettings;
import dev.tranche.controlplane.notification.Outbox;
import dev.tranche.crd.LenientSerialization;
import dev.tranche.testbed.Hub;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * A control plane in this process, for one namespace, under the rights of {@code
 * deploy/controlplane} and no others.
 */
final class RunningControlPlane implements AutoCloseable {
  static final String USER = "system:serviceaccount:tranche-system:tranche-controlplane";
  static final List<String> GROUPS =
      List.of(
          "system:serviceaccounts",
          "system:serviceaccounts:tranche-system",
          "system:authenticated");

  private static final MarkerSettings NATIVE =
      new MarkerSettings(MarkerSettings.SyncState.NATIVE, false);

  private final KubernetesClient client;
  private final ControlPlane controlPlane;

  private RunningControlPlane(KubernetesClient client, ControlPlane controlPlane) {
    this.client = client;
    this.controlPlane = controlPlane;
  }

  static RunningControlPlane start(Hub hub, String namespace) throws InterruptedException {
    return start(hub, namespace, Duration.ofSeconds(30));
  }

  static RunningControlPlane start(Hub hub, String namespace, Duration unreachableAfter)
      throws InterruptedException {
    return start(hub, namespace, unreachableAfter, Outbox.closed(), NATIVE);
  }

  static RunningControlPlane start(Hub hub, String namespace, Outbox outbox)
      throws InterruptedException {
    return start(hub, namespace, Duration.ofSeconds(30), outbox, NATIVE);
  }

  static RunningControlPlane start(Hub hub, String namespace, MarkerSettings markers)
      throws InterruptedException {
    return start(hub, namespace, Duration.ofSeconds(30), Outbox.closed(), markers);
  }

  private static RunningControlPlane start(
      Hub hub, String namespace, Duration unreachableAfter, Outbox outbox, MarkerSettings markers)
      throws InterruptedException {
    hub.apply(Path.of("deploy/controlplane"));
    var client =
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder(Config.fromKubeconfig(hub.kubeconfigFor(USER, GROUPS)))
                    .withRequestRetryBackoffLimit(3)
                    .build())
            .withKubernetesSerialization(LenientSerialization.create())
            .build();
    var controlPlane =
        new ControlPlane(
            client,
            new Namespaces(Set.of(namespace)),
            unreachableAfter,
            ControlPlane.CONCURRENT,
            outbox,
            markers,
            new SimpleMeterRegistry(),
            "test");
    controlPlane.start(new CountDownLatch(1));
    return new RunningControlPlane(client, controlPlane);
  }

  AppliedAnswers answers() {
    return controlPlane.answers();
  }

  @Override
  public void close() {
    controlPlane.close();
    client.close();
  }
}
