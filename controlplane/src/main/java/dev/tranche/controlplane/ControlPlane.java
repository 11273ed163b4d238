package dev.tranche.controlplane;

import dev.tranche.assemblage.kube.Events;
import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.applied.AppliedAnswers;
import dev.tranche.controlplane.assignment.Assemblages;
import dev.tranche.controlplane.assignment.AssignmentWriter;
import dev.tranche.controlplane.assignment.SubstituteSecrets;
import dev.tranche.controlplane.cluster.Clusters;
import dev.tranche.controlplane.cluster.Kubeconfigs;
import dev.tranche.controlplane.cluster.Reachabilities;
import dev.tranche.controlplane.connection.Connections;
import dev.tranche.controlplane.module.MarkerSettings;
import dev.tranche.controlplane.module.ModuleControllers;
import dev.tranche.controlplane.notification.FluxEventListener;
import dev.tranche.controlplane.notification.FluxNews;
import dev.tranche.controlplane.notification.Outbox;
import dev.tranche.controlplane.proxyassemblage.ProxyAssemblageController;
import dev.tranche.controlplane.remoteassemblage.RemoteAssemblageController;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.ProxyAssemblage;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetrics;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running control plane: its caches and its controllers. Two of them may run on the same API
 * server.
 */
final class ControlPlane implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ControlPlane.class);

  /**
   * How many modules and assemblages are looked after at a time, unless said otherwise. The fewer,
   * the sooner each is done, and the more its next report has to say.
   */
  static final int CONCURRENT = 4;

  private static final Duration TERMINATION = Duration.ofSeconds(5);

  private static final Duration SYNC_POLL = Duration.ofMillis(20);

  /** Of what the controllers write besides assignments: states and finalizers. */
  private static final String FIELD_MANAGER = "tranche-controller";

  private final Kubeconfigs kubeconfigs;
  private final Clusters clusters;
  private final Connections connections;
  private final ObjectCache<RemoteAssemblage> assemblages;
  private final ObjectCache<ProxyAssemblage> proxyAssemblages;
  private final SubstituteSecrets substituteSecrets;
  private final AssignmentWriter assignments;
  private final ModuleControllers modules;
  private final RemoteAssemblageController remoteAssemblages;
  private final ProxyAssemblageController proxyController;
  private final Outbox outbox;
  private final ScheduledExecutorService timer;
  private final Operator operator;
  private @Nullable FluxEventListener fluxEvents;
  private volatile boolean started;

  /**
   * Wires it; nothing is read yet.
   *
   * @param unreachableAfter how long a cluster may not be heard of
   * @param concurrent how many modules and assemblages are looked after at a time
   * @param outbox not started yet; ended with the control plane
   */
  ControlPlane(
      KubernetesClient client,
      Namespaces namespaces,
      Duration unreachableAfter,
      int concurrent,
      Outbox outbox,
      MarkerSettings markerSettings,
      MeterRegistry metrics,
      String instance) {
    this.outbox = outbox;
    var clock = Clock.systemUTC();
    timer = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().name("timer").factory());
    kubeconfigs = new Kubeconfigs(client, namespaces);
    var reachabilities = new Reachabilities();
    clusters = Clusters.of(client, namespaces, kubeconfigs, reachabilities);
    connections =
        new Connections(client, clusters, kubeconfigs, reachabilities, clock, unreachableAfter);
    assemblages =
        ObjectCache.of(client, RemoteAssemblage.class, namespaces)
            .indexed(RemoteAssemblageController.indexes())
            .build();
    proxyAssemblages =
        ObjectCache.of(client, ProxyAssemblage.class, namespaces)
            .indexed(ProxyAssemblageController.indexes(client))
            .build();
    substituteSecrets = new SubstituteSecrets(client, namespaces);
    var both = new Assemblages(assemblages, proxyAssemblages);
    assignments = new AssignmentWriter(client, clusters, both, substituteSecrets);
    var events = new Events(client, clock, instance);
    modules =
        new ModuleControllers(
            client,
            namespaces,
            clusters,
            both,
            assignments,
            substituteSecrets,
            events,
            outbox,
            markerSettings,
            clock,
            timer,
            metrics);
    remoteAssemblages =
        new RemoteAssemblageController(
            client, namespaces, clusters, kubeconfigs, assemblages, clock, timer);
    proxyController =
        new ProxyAssemblageController(
            client,
            namespaces,
            clusters,
            kubeconfigs,
            connections,
            proxyAssemblages,
            events,
            clock,
            timer);
    operator =
        new Operator(configuration ->
            configuration
                .withKubernetesClient(client)
                .withCloseClientOnStop(false)
                .withConcurrentReconciliationThreads(concurrent)
                .withStopOnInformerErrorDuringStartup(false)
                .withInformerStoppedHandler((informer, problem) -> {
                  // Null is the orderly end.
                  if (problem != null) {
                    log.atWarn().addKeyValue("error", problem.getMessage()).log("watch ended");
                  }
                })
                .withReconciliationTerminationTimeout(TERMINATION)
                .withMetrics(MicrometerMetrics.withoutPerResourceMetrics(metrics)));
    modules
        .reconcilers()
        .forEach(reconciler -> register(reconciler, namespaces, ModuleControllers.FINALIZER));
    register(
        remoteAssemblages.reconciler(), namespaces, AssignmentWriter.finalizer(Delivery.REMOTE));
    register(proxyController.reconciler(), namespaces, ProxyAssemblageController.FINALIZER);
  }

  /**
   * Reads everything, then begins to work.
   *
   * @param stopping reading is given up when it opens
   */
  void start(CountDownLatch stopping) throws InterruptedException {
    kubeconfigs.start();
    clusters.start();
    assemblages.start();
    proxyAssemblages.start();
    proxyController.start();
    substituteSecrets.start();
    modules.start();
    remoteAssemblages.start();
    while (!synced()) {
      if (stopping.await(SYNC_POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    }
    outbox.start();
    operator.start();
    connections.start();
    remoteAssemblages.startCollecting();
    started = true;
    log.atInfo().log("started");
  }

  /**
   * Listens for Flux's events, once it is started.
   *
   * @return the port
   * @throws IOException where the address cannot be listened on
   */
  int listenForFluxEvents(InetSocketAddress address) throws IOException {
    var listener =
        FluxEventListener.start(
            address,
            new FluxNews() {
              @Override
              public boolean concerns(String kind, ObjectKey object) {
                return remoteAssemblages.has(kind, object);
              }

              @Override
              public void readAgain(String kind, ObjectKey object) {
                remoteAssemblages.readAgain(kind, object);
              }
            },
            timer);
    fluxEvents = listener;
    return listener.port();
  }

  /** Who knows which commits have been applied, once it has started. */
  AppliedAnswers answers() {
    return modules.answers();
  }

  /** Whether everything was read and the controllers run. */
  boolean started() {
    return started;
  }

  @Override
  public void close() {
    if (fluxEvents != null) {
      fluxEvents.close();
    }
    operator.stop();
    outbox.close();
    assignments.close();
    proxyController.close();
    connections.close();
    timer.shutdownNow();
    modules.close();
    remoteAssemblages.close();
    substituteSecrets.close();
    proxyAssemblages.close();
    assemblages.close();
    clusters.close();
    kubeconfigs.close();
  }

  private boolean synced() {
    return kubeconfigs.synced()
        && clusters.synced()
        && assemblages.synced()
        && proxyAssemblages.synced()
        && proxyController.synced()
        && substituteSecrets.synced()
        && modules.synced()
        && remoteAssemblages.synced();
  }

  private <P extends HasMetadata> void register(
      Reconciler<P> reconciler, Namespaces namespaces, String finalizer) {
    operator.register(
        reconciler,
        configuration -> {
          scope(configuration, namespaces);
          configuration
              .withFieldManager(FIELD_MANAGER)
              .withFinalizer(finalizer)
              .withItemStore(new ObjectCache.TrimmingStore<>(object -> {}))
              .withReconciliationMaxInterval(null)
              .withRetry(
                  new GenericRetry()
                      .setMaxAttempts(-1)
                      .setInitialInterval(500)
                      .setIntervalMultiplier(1.5)
                      .setMaxInterval(30_000));
        });
  }

  private static void scope(
      ControllerConfigurationOverrider<?> configuration, Namespaces namespaces) {
    if (namespaces.all()) {
      configuration.watchingAllNamespaces();
    } else {
      configuration.settingNamespaces(namespaces.names());
    }
  }
}
