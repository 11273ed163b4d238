package dev.tranche.controlplane.proxyassemblage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.assemblage.kube.Events;
import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.kube.Throttle;
import dev.tranche.controlplane.cluster.AssemblageAccess;
import dev.tranche.controlplane.cluster.Clusters;
import dev.tranche.controlplane.cluster.Kubeconfigs;
import dev.tranche.controlplane.connection.Connections;
import dev.tranche.crd.v1alpha1.ProxyAssemblage;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;

/** The controller of ProxyAssemblages, and what wakes it. */
public final class ProxyAssemblageController implements AutoCloseable {
  /** What the finalizer of ProxyAssemblages is called. */
  public static final String FINALIZER = "fleet.tranche.dev/proxyassemblage";

  private static final String BY_KUBECONFIG = "kubeconfig";
  private static final String BY_SECRET = "secret";

  /** The syncs of one cluster are often settled one soon after the other. */
  private static final Duration NEWS_PERIOD = Duration.ofMillis(50);

  private final ObjectCache<ProxyAssemblage> assemblages;
  private final HubSecrets secrets;
  private final ProxiedClusters proxied;
  private final ProxyAssemblageReconciler reconciler;
  private final Throttle<ObjectKey> news;

  /**
   * Wires the controller; the parameters are started and ended by their owner.
   *
   * @param assemblages a cache with the {@link #indexes}
   */
  public ProxyAssemblageController(
      KubernetesClient client,
      Namespaces namespaces,
      Clusters clusters,
      Kubeconfigs kubeconfigs,
      Connections connections,
      ObjectCache<ProxyAssemblage> assemblages,
      Events events,
      Clock clock,
      ScheduledExecutorService timer) {
    this.assemblages = assemblages;
    secrets = new HubSecrets(client, namespaces);
    proxied = new ProxiedClusters(client, connections, secrets, this::tell);
    reconciler =
        new ProxyAssemblageReconciler(
            client, proxied, secrets, new AssemblageAccess(clusters, kubeconfigs), events, clock);
    news = new Throttle<>(NEWS_PERIOD, timer, reconciler::wake);
    clusters.onChange(news::call);
    kubeconfigs.onChange(secret -> wakeAll(BY_KUBECONFIG, secret));
    secrets.onChange(secret -> wakeAll(BY_SECRET, secret));
  }

  /**
   * How the cache of assemblages is searched.
   *
   * @param client whose serialization is used
   */
  public static Map<String, Function<ProxyAssemblage, List<String>>> indexes(
      KubernetesClient client) {
    return Map.of(
        BY_KUBECONFIG,
        assemblage -> List.of(word(assemblage, assemblage.getSpec().kubeconfigRef().name())),
        BY_SECRET,
        assemblage ->
            NeededSecrets.of(
                    client
                        .getKubernetesSerialization()
                        .convertValue(assemblage.getSpec().assemblage().syncs(), JsonNode.class))
                .keySet()
                .stream()
                .map(name -> word(assemblage, name))
                .toList());
  }

  /** The reconciler, to be registered. */
  public Reconciler<ProxyAssemblage> reconciler() {
    return reconciler;
  }

  /** Starts to read; returns at once. */
  public void start() {
    secrets.start();
  }

  /** Whether everything was read once. */
  public boolean synced() {
    return secrets.synced();
  }

  @Override
  public void close() {
    proxied.close();
    secrets.close();
  }

  private void tell(ObjectKey proxy) {
    news.call(proxy);
  }

  private static String word(ProxyAssemblage assemblage, String name) {
    return new ObjectKey(assemblage.getMetadata().getNamespace(), name).toString();
  }

  private void wakeAll(String index, ObjectKey key) {
    assemblages
        .byIndex(index, key.toString())
        .forEach(assemblage -> news.call(ObjectKey.of(assemblage)));
  }
}
