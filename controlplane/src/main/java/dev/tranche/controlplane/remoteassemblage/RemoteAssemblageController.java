package dev.tranche.controlplane.remoteassemblage;

import dev.tranche.assemblage.Expansion;
import dev.tranche.assemblage.flux.AssemblageController;
import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.kube.ServerSideApply;
import dev.tranche.controlplane.cluster.Clusters;
import dev.tranche.controlplane.cluster.Kubeconfigs;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;

/** The controller of RemoteAssemblages, and what wakes it. */
public final class RemoteAssemblageController implements AutoCloseable {
  private static final String BY_SOURCE = "source";
  private static final String BY_KUBECONFIG = "kubeconfig";

  private final ObjectCache<RemoteAssemblage> assemblages;
  private final AssemblageController<RemoteAssemblage, RemoteAssemblageReconciler> controller;

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
    var access = new ClusterAccess(clusters, kubeconfigs);
    controller =
        new AssemblageController<>(
            client,
            namespaces,
            RemoteAssemblage.class,
            ServerSideApply.FIELD_MANAGER,
            flux -> new RemoteAssemblageReconciler(client, flux, access, clock),
            reconciler -> source -> found(BY_SOURCE, source),
            timer);
    clusters.onChange(controller::wake);
    kubeconfigs.onChange(secret -> found(BY_KUBECONFIG, secret).forEach(controller::wake));
  }

  /** How the cache of assemblages is searched. */
  public static Map<String, Function<RemoteAssemblage, List<String>>> indexes() {
    return Map.of(
        BY_SOURCE,
        assemblage ->
            assemblage.getSpec().syncs().stream()
                .flatMap(sync -> Expansion.sourceNames(sync).stream())
                .map(name -> word(assemblage, name))
                .distinct()
                .toList(),
        BY_KUBECONFIG,
        assemblage -> List.of(word(assemblage, assemblage.getSpec().kubeconfigRef().name())));
  }

  /** The reconciler, to be registered. */
  public Reconciler<RemoteAssemblage> reconciler() {
    return controller.reconciler();
  }

  /** Whether this is a Flux object of an assemblage; see {@link #readAgain}. */
  public boolean has(String kind, ObjectKey fluxObject) {
    return controller.has(kind, fluxObject);
  }

  /** Reads a Flux object again, and looks at the assemblages that it concerns. May block. */
  public void readAgain(String kind, ObjectKey fluxObject) {
    controller.readAgain(kind, fluxObject);
  }

  /** Starts to read; returns at once. */
  public void start() {
    controller.start();
  }

  /** Whether everything was read once. */
  public boolean synced() {
    return controller.synced();
  }

  /** Starts what needs everything to be read. */
  public void startCollecting() {
    controller.startCollecting();
  }

  @Override
  public void close() {
    controller.close();
  }

  private static String word(RemoteAssemblage assemblage, String name) {
    return new ObjectKey(assemblage.getMetadata().getNamespace(), name).toString();
  }

  private List<ObjectKey> found(String index, ObjectKey key) {
    return assemblages.byIndex(index, key.toString()).stream().map(ObjectKey::of).toList();
  }
}
