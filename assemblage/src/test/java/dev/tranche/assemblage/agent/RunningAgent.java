package dev.tranche.assemblage.agent;

import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.crd.LenientSerialization;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * An agent in this process, for one namespace, under the rights of {@code deploy/agent} and no
 * others.
 */
final class RunningAgent implements AutoCloseable {
  static final String USER = "system:serviceaccount:tranche-system:tranche-agent";
  static final List<String> GROUPS =
      List.of(
          "system:serviceaccounts",
          "system:serviceaccounts:tranche-system",
          "system:authenticated");

  private final KubernetesClient client;
  private final Agent agent;

  private RunningAgent(KubernetesClient client, Agent agent) {
    this.client = client;
    this.agent = agent;
  }

  static RunningAgent start(Workload workload) throws InterruptedException {
    var client =
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder(
                        Config.fromKubeconfig(workload.cluster().kubeconfigFor(USER, GROUPS)))
                    .withRequestRetryBackoffLimit(3)
                    .build())
            .withKubernetesSerialization(LenientSerialization.create())
            .build();
    var agent = new Agent(client, new Namespaces(Set.of(workload.namespace())));
    agent.start(new CountDownLatch(1));
    return new RunningAgent(client, agent);
  }

  @Override
  public void close() {
    agent.close();
    client.close();
  }
}
