package dev.tranche.controlplane.module;

import dev.tranche.controlplane.assignment.AssignmentWriter;
import dev.tranche.controlplane.cluster.Clusters;
import dev.tranche.controlplane.hub.Events;
import dev.tranche.controlplane.hub.Namespaces;
import dev.tranche.controlplane.hub.ObjectCache;
import dev.tranche.controlplane.hub.ObjectKey;
import dev.tranche.controlplane.hub.Throttle;
import dev.tranche.crd.v1alpha1.BootstrapModule;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.crd.v1alpha1.SyncStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The controllers of Modules and BootstrapModules, and what wakes them. */
public final class ModuleControllers implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ModuleControllers.class);

  /**
   * The finalizer of every module, under which it is withdrawn from all clusters before it goes.
   */
  public static final String FINALIZER = FleetModule.GROUP + "/module";

  /** Long enough for a module that was just made to reach our cache. */
  private static final Duration STRAY_PERIOD = Duration.ofSeconds(5);

  /** Looking at a module means looking at all of its clusters, whatever happened to one of them. */
  private static final Duration NEWS_PERIOD = Duration.ofMillis(500);

  private final KubernetesClient client;
  private final AssignmentWriter assignments;
  private final ScheduledExecutorService timer;
  private final ObjectCache<Module> modules;
  private final ObjectCache<BootstrapModule> bootstrapModules;
  private final ReferencedObjects references;
  private final ModuleReconciler moduleReconciler;
  private final BootstrapModuleReconciler bootstrapModuleReconciler;
  private final Throttle<ObjectKey> moduleNews;
  private final Throttle<ObjectKey> bootstrapModuleNews;

  /** Wires the controllers; the parameters are started and ended by their owner. */
  public ModuleControllers(
      KubernetesClient client,
      Namespaces namespaces,
      Clusters clusters,
      ObjectCache<RemoteAssemblage> assemblages,
      AssignmentWriter assignments,
      Events events,
      Clock clock,
      ScheduledExecutorService timer,
      MeterRegistry registry) {
    this.client = client;
    this.assignments = assignments;
    this.timer = timer;
    modules = ObjectCache.of(client, Module.class, namespaces).build();
    bootstrapModules = ObjectCache.of(client, BootstrapModule.class, namespaces).build();
    references = new ReferencedObjects(client, clock, this::wakeAll);
    var fleet = new ModuleFleet(clusters, assemblages, bootstrapModules, references, assignments);
    var metrics = new ModuleMetrics(registry);
    var serialization = client.getKubernetesSerialization();
    moduleReconciler =
        new ModuleReconciler(fleet, assignments, events, clock, serialization, metrics);
    bootstrapModuleReconciler =
        new BootstrapModuleReconciler(fleet, assignments, events, clock, serialization, metrics);
    moduleNews = new Throttle<>(NEWS_PERIOD, timer, moduleReconciler::wake);
    bootstrapModuleNews = new Throttle<>(NEWS_PERIOD, timer, bootstrapModuleReconciler::wake);
    clusters.onChange(cluster -> wakeAll(cluster.namespace()));
    assemblages.onChange(this::assemblageChanged);
    assignments.onTrouble(
        (cluster, syncs) -> syncs.forEach(sync -> wake(cluster.namespace(), sync)));
    bootstrapModules.onChange(this::bootstrapModuleChanged);
  }

  /** The reconcilers, to be registered. */
  public List<Reconciler<? extends FleetModule>> reconcilers() {
    return List.of(moduleReconciler, bootstrapModuleReconciler);
  }

  /** Starts to read; returns at once. */
  public void start() {
    modules.start();
    bootstrapModules.start();
  }

  /** Whether everything was read once. */
  public boolean synced() {
    return modules.synced() && bootstrapModules.synced();
  }

  @Override
  public void close() {
    modules.close();
    bootstrapModules.close();
    references.close();
  }

  private void wakeAll(String namespace) {
    wakeModules(namespace);
    bootstrapModules
        .inNamespace(namespace)
        .forEach(module -> bootstrapModuleNews.call(ObjectKey.of(module)));
  }

  private void wakeModules(String namespace) {
    modules.inNamespace(namespace).forEach(module -> moduleNews.call(ObjectKey.of(module)));
  }

  private void bootstrapModuleChanged(
      @Nullable BootstrapModule before, @Nullable BootstrapModule after) {
    if (before != null && after != null && !generationChanged(before, after)) {
      return;
    }
    wakeModules(ObjectKey.of(Objects.requireNonNull(after == null ? before : after)).namespace());
  }

  private void assemblageChanged(
      @Nullable RemoteAssemblage before, @Nullable RemoteAssemblage after) {
    var assemblage = Objects.requireNonNull(after == null ? before : after);
    var namespace = assemblage.getMetadata().getNamespace();
    var statusBefore = statuses(before);
    var statusAfter = statuses(after);
    Set<SyncKey> concerned = new HashSet<>();
    if (before == null
        || after == null
        || generationChanged(before, after)
        || framingChanged(before, after)) {
      concerned.addAll(entries(before));
      concerned.addAll(entries(after));
    }
    statusBefore.forEach(
        (key, status) -> addIf(!status.equals(statusAfter.get(key)), key, concerned));
    statusAfter.forEach(
        (key, status) -> addIf(!status.equals(statusBefore.get(key)), key, concerned));
    concerned.stream().filter(AssignmentWriter::isOurs).forEach(key -> wake(namespace, key));
    if (after != null) {
      entries(after).stream()
          .filter(AssignmentWriter::isOurs)
          .filter(key -> !isKnown(namespace, key))
          .forEach(key -> later(() -> withdrawStray(ObjectKey.of(after), key)));
    }
    if (after == null || !bootstrapped(statusBefore).equals(bootstrapped(statusAfter))) {
      wakeModules(namespace);
    }
  }

  private static void addIf(boolean condition, SyncKey key, Set<SyncKey> keys) {
    if (condition) {
      keys.add(key);
    }
  }

  private void wake(String namespace, SyncKey key) {
    var module = new ObjectKey(namespace, key.name());
    if (key.origin().equals("BootstrapModule")) {
      bootstrapModuleNews.call(module);
    } else {
      moduleNews.call(module);
    }
  }

  private boolean isKnown(String namespace, SyncKey key) {
    var module = new ObjectKey(namespace, key.name());
    return key.origin().equals("BootstrapModule")
        ? bootstrapModules.find(module).isPresent()
        : modules.find(module).isPresent();
  }

  /**
   * An entry in the name of a module that does not exist was written by hand, since modules go
   * last.
   */
  private void withdrawStray(ObjectKey assemblage, SyncKey key) {
    if (isKnown(assemblage.namespace(), key)) {
      return;
    }
    Class<? extends FleetModule> kind =
        key.origin().equals("BootstrapModule") ? BootstrapModule.class : Module.class;
    HasMetadata stored =
        client.resources(kind).inNamespace(assemblage.namespace()).withName(key.name()).get();
    if (stored == null) {
      assignments.withdraw(assemblage, key);
    }
  }

  private void later(Runnable task) {
    try {
      var _ =
          timer.schedule(
              () -> {
                try {
                  task.run();
                } catch (RuntimeException e) {
                  log.atWarn()
                      .addKeyValue("error", e.getMessage())
                      .log("stray entry not withdrawn, trying again");
                  later(task);
                }
              },
              STRAY_PERIOD.toMillis(),
              TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("stopping");
    }
  }

  private static boolean generationChanged(HasMetadata before, HasMetadata after) {
    return !before.getMetadata().getGeneration().equals(after.getMetadata().getGeneration())
        || !before.getMetadata().getUid().equals(after.getMetadata().getUid())
        || !Objects.equals(
            before.getMetadata().getDeletionTimestamp(),
            after.getMetadata().getDeletionTimestamp());
  }

  private static boolean framingChanged(HasMetadata before, HasMetadata after) {
    return !before
            .getMetadata()
            .getOwnerReferences()
            .equals(after.getMetadata().getOwnerReferences())
        || !before.getMetadata().getFinalizers().equals(after.getMetadata().getFinalizers());
  }

  private static Set<SyncKey> entries(@Nullable RemoteAssemblage assemblage) {
    var keys = new HashSet<SyncKey>();
    if (assemblage != null) {
      assemblage.getSpec().syncs().forEach(sync -> keys.add(sync.key()));
    }
    return keys;
  }

  private static Map<SyncKey, SyncStatus> statuses(@Nullable RemoteAssemblage assemblage) {
    var statuses = new HashMap<SyncKey, SyncStatus>();
    if (assemblage != null && assemblage.getStatus() != null) {
      assemblage.getStatus().syncs().forEach(status -> statuses.put(status.key(), status));
    }
    return statuses;
  }

  private static Set<SyncKey> bootstrapped(Map<SyncKey, SyncStatus> statuses) {
    return statuses.entrySet().stream()
        .filter(status ->
            status.getKey().origin().equals("BootstrapModule")
                && status.getValue().appliedRevision() != null)
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }
}
