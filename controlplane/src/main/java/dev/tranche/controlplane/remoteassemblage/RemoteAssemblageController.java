package dev.tranche.controlplane.remoteassemblage;

import dev.tranche.assemblage.Expansion;
import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.kube.Throttle;
import dev.tranche.controlplane.cluster.Clusters;
import dev.tranche.controlplane.cluster.Kubeconfigs;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The controller of RemoteAssemblages, and what wakes it. */
public final class RemoteAssemblageController implements AutoCloseable {
  static final String BY_SOURCE = "source";
  private static final String BY_KUBECONFIG = "kubeconfig";

  /** The syncs of one cluster are often settled one soon after the other. */
  private static final Duration NEWS_PERIOD = Duration.ofMillis(50);

  private final ObjectCache<RemoteAssemblage> assemblages;
  private final FluxObjects flux;
  private final SourceCollector collector;
  private final RemoteAssemblageReconciler reconciler;
  private final Throttle<ObjectKey> news;

  /**
   * Wires the controller; the parameters are started and ended by their owner.
   *
   * @param assemblages a cache with the {@link #indexes}
   */
  public RemoteAssemblageController(
      KubernetesClient client,
      Namespaces namespaces,
      Clusters clusters,
      Kubeconfigs kubeconfigs,
      ObjectCache<RemoteAssemblage> assemblages,
      Clock clock,
      ScheduledExecutorService timer) {
    this.assemblages = assemblages;
    flux = new FluxObjects(client, namespaces);
    collector = new SourceCollector(flux, assemblages, timer);
    reconciler =
        new RemoteAssemblageReconciler(
            client, flux, new ClusterAccess(clusters, kubeconfigs), clock);
    news = new Throttle<>(NEWS_PERIOD, timer, reconciler::wake);
    clusters.onChange(news::call);
    kubeconfigs.onChange(secret -> wakeAll(BY_KUBECONFIG, secret));
    flux.sources().onChange(this::sourceChanged);
    flux.kustomizations().onChange(this::kustomizationChanged);
  }

  /** How the cache of assemblages is searched. */
  public static Map<String, Function<RemoteAssemblage, List<String>>> indexes() {
    return Map.of(
        BY_SOURCE,
        assemblage ->
            assemblage.getSpec().syncs().stream()
                .map(sync -> word(assemblage, Expansion.sourceName(sync.source().git())))
                .distinct()
                .toList(),
        BY_KUBECONFIG,
        assemblage -> List.of(word(assemblage, assemblage.getSpec().kubeconfigRef().name())));
  }

  /** The reconciler, to be registered. */
  public Reconciler<RemoteAssemblage> reconciler() {
    return reconciler;
  }

  /** Starts to read; returns at once. */
  public void start() {
    flux.start();
  }

  /** Whether everything was read once. */
  public boolean synced() {
    return flux.synced();
  }

  /** Starts what needs everything to be read. */
  public void startCollecting() {
    collector.start();
  }

  @Override
  public void close() {
    flux.close();
  }

  private static String word(RemoteAssemblage assemblage, String name) {
    return new ObjectKey(assemblage.getMetadata().getNamespace(), name).toString();
  }

  private void wakeAll(String index, ObjectKey key) {
    assemblages
        .byIndex(index, key.toString())
        .forEach(assemblage -> news.call(ObjectKey.of(assemblage)));
  }

  private void sourceChanged(@Nullable GitRepository before, @Nullable GitRepository after) {
    wakeAll(BY_SOURCE, ObjectKey.of(Objects.requireNonNull(after == null ? before : after)));
  }

  private void kustomizationChanged(@Nullable Kustomization before, @Nullable Kustomization after) {
    if (after != null
        && flux.isEcho(after)
        && (before == null
            || FluxObjects.assemblageOf(before).equals(FluxObjects.assemblageOf(after)))) {
      return;
    }
    // Both, since an edit may have given it to another assemblage.
    Stream.of(Optional.ofNullable(before), Optional.ofNullable(after))
        .flatMap(Optional::stream)
        .flatMap(kustomization -> FluxObjects.assemblageOf(kustomization).stream())
        .distinct()
        .forEach(news::call);
  }
}
