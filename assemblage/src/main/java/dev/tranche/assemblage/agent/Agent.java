package dev.tranche.assemblage.agent;

import dev.tranche.assemblage.flux.AssemblageController;
import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.lookup.ReferencedObjects;
import dev.tranche.crd.v1alpha1.Assemblage;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running agent: its caches and its controller. */
final class Agent implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Agent.class);

  /** Of what the agent writes, states and finalizers included. */
  static final String FIELD_MANAGER = "tranche-agent";

  /** On an Assemblage, as long as Flux objects of it may be there. */
  static final String FINALIZER = "fleet.tranche.dev/assemblage";

  /** Assemblages are few, mostly one. */
  private static final int RECONCILERS = 2;

  private static final Duration TERMINATION = Duration.ofSeconds(5);
  private static final Duration SYNC_POLL = Duration.ofMillis(20);

  /** How soon it is noticed that a kind was installed. */
  private static final Duration KINDS_POLL = Duration.ofSeconds(1);

  private final ScheduledExecutorService timer;
  private final ReferencedObjects objects;
  private final SecretValues secrets;
  private final AssemblageController<Assemblage, AgentReconciler> controller;
  private final Operator operator;
  private volatile boolean started;

  Agent(KubernetesClient client, Namespaces namespaces) {
    var clock = Clock.systemUTC();
    timer = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().name("timer").factory());
    objects = new ReferencedObjects(client, clock, KINDS_POLL, this::objectsChanged);
    secrets = new SecretValues(client, namespaces);
    controller =
        new AssemblageController<>(
            client,
            namespaces,
            Assemblage.class,
            FIELD_MANAGER,
            flux -> new AgentReconciler(client, flux, objects::in, secrets, clock),
            reconciler -> reconciler::usersOf,
            timer);
    operator =
        new Operator(configuration ->
            configuration
                .withKubernetesClient(client)
                .withCloseClientOnStop(false)
                .withConcurrentReconciliationThreads(RECONCILERS)
                .withConcurrentWorkflowExecutorThreads(1)
                .withStopOnInformerErrorDuringStartup(false)
                .withInformerStoppedHandler((informer, problem) -> {
                  // Null is the orderly end.
                  if (problem != null) {
                    log.atWarn().addKeyValue("error", problem.getMessage()).log("watch ended");
                  }
                })
                .withReconciliationTerminationTimeout(TERMINATION));
    operator.register(
        controller.reconciler(),
        configuration -> {
          if (namespaces.all()) {
            configuration.watchingAllNamespaces();
          } else {
            configuration.settingNamespaces(namespaces.names());
          }
          configuration
              .withFieldManager(FIELD_MANAGER)
              .withFinalizer(FINALIZER)
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

  /**
   * Reads everything, then begins to work.
   *
   * @param stopping reading is given up when it opens
   */
  void start(CountDownLatch stopping) throws InterruptedException {
    secrets.start();
    controller.start();
    while (!controller.synced() || !secrets.synced()) {
      if (stopping.await(SYNC_POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    }
    operator.start();
    controller.startCollecting();
    var _ =
        timer.scheduleWithFixedDelay(
            () -> controller.reconciler().missingKinds().forEach(controller::wake),
            KINDS_POLL.toMillis(),
            KINDS_POLL.toMillis(),
            TimeUnit.MILLISECONDS);
    started = true;
    log.atInfo().log("started");
  }

  /** Whether everything was read and the controller runs. */
  boolean started() {
    return started;
  }

  @Override
  public void close() {
    operator.stop();
    timer.shutdownNow();
    objects.close();
    controller.close();
    secrets.close();
  }

  private void objectsChanged(String namespace) {
    controller.reconciler().readersIn(namespace).forEach(controller::wake);
  }
}
