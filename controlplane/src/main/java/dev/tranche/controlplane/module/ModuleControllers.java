package dev.tranche.controlplane.module;

import dev.tranche.assemblage.kube.Events;
import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.kube.Throttle;
import dev.tranche.assemblage.lookup.ReferencedObjects;
import dev.tranche.controlplane.applied.AppliedAnswers;
import dev.tranche.controlplane.assignment.AssemblageView;
import dev.tranche.controlplane.assignment.Assemblages;
import dev.tranche.controlplane.assignment.AssignmentWriter;
import dev.tranche.controlplane.assignment.Place;
import dev.tranche.controlplane.assignment.SubstituteSecrets;
import dev.tranche.controlplane.assignment.Wish;
import dev.tranche.controlplane.check.CheckKey;
import dev.tranche.controlplane.check.ChecksUnderway;
import dev.tranche.controlplane.cluster.Clusters;
import dev.tranche.controlplane.git.GitTransports;
import dev.tranche.controlplane.history.ModuleHistory;
import dev.tranche.controlplane.marker.GitHistory;
import dev.tranche.controlplane.marker.MarkerTags;
import dev.tranche.controlplane.notification.Outbox;
import dev.tranche.controlplane.source.Sources;
import dev.tranche.crd.v1alpha1.BootstrapModule;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.RolloutApproval;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.crd.v1alpha1.SyncStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  /** The annotation whose change has a rollout tried again that the failure policy stopped. */
  public static final String RETRY = FleetModule.GROUP + "/retry";

  /** The annotation whose change has the source asked at once, as Flux's objects have it. */
  public static final String REQUESTED_AT = "reconcile.fluxcd.io/requestedAt";

  /** Long enough for a module that was just made to reach our cache. */
  private static final Duration STRAY_PERIOD = Duration.ofSeconds(5);

  /** Long enough for an annotation that one cache shows to be in the others. */
  private static final Duration RETRY_SEEN = Duration.ofSeconds(1);

  /**
   * Looking at a module means looking at all of its clusters, whatever happened to one of them. So
   * news are gathered for as long as keeps that to a fifth of one processor for all modules, within
   * these limits.
   */
  private static final int SHARE_OF_PROCESSOR = 5;

  private static final Duration SHORTEST_NEWS_PERIOD = Duration.ofMillis(20);
  private static final Duration LONGEST_NEWS_PERIOD = Duration.ofSeconds(2);

  private final KubernetesClient client;
  private final AssignmentWriter assignments;
  private final ScheduledExecutorService timer;
  private final ObjectCache<Module> modules;
  private final ObjectCache<BootstrapModule> bootstrapModules;
  private final KnownModules known;
  private final ObjectCache<RolloutApproval> approvals;
  private final ModuleHistory history;
  private final ModuleHolders holders;
  private final ChecksUnderway checks;
  private final Sources sources;
  private final GitTransports git = new GitTransports();
  private final GitHistory commits;
  private final @Nullable GitMarkers gitMarkers;
  private final ModuleAnswers answers;
  private final ModuleSources moduleSources;
  private final ReferencedObjects references;
  private final RolloutApprovalReconciler approvalReconciler;
  private final ModuleReconciler moduleReconciler;
  private final BootstrapModuleReconciler bootstrapModuleReconciler;
  private final Throttle<ObjectKey> moduleNews;
  private final Throttle<ObjectKey> bootstrapModuleNews;

  /** Wires the controllers; the parameters are started and ended by their owner. */
  public ModuleControllers(
      KubernetesClient client,
      Namespaces namespaces,
      Clusters clusters,
      Assemblages assemblages,
      AssignmentWriter assignments,
      SubstituteSecrets secrets,
      Events events,
      Outbox outbox,
      MarkerSettings markerSettings,
      Clock clock,
      ScheduledExecutorService timer,
      MeterRegistry registry) {
    this.client = client;
    this.assignments = assignments;
    this.timer = timer;
    modules = ObjectCache.of(client, Module.class, namespaces).build();
    bootstrapModules = ObjectCache.of(client, BootstrapModule.class, namespaces).build();
    known = new KnownModules(modules, bootstrapModules);
    approvals = ObjectCache.of(client, RolloutApproval.class, namespaces).build();
    history = new ModuleHistory(client, namespaces);
    checks = new ChecksUnderway(ModuleSecrets.forChecks(client), clock, this::answered);
    var sourceSecrets = ModuleSecrets.forSources(client);
    var remotes = new ModuleRemotes(sourceSecrets);
    sources = new Sources(sourceSecrets, clock, this::wake);
    moduleSources = new ModuleSources(sources, history, client.getKubernetesSerialization());
    references = new ReferencedObjects(client, clock, this::wakeAll);
    var moduleChecks = new ModuleChecks(checks);
    var memories = new ModuleMemories(references);
    holders = new ModuleHolders(clusters, assemblages, memories);
    var fleet =
        new ModuleFleet(
            clusters,
            assemblages,
            known,
            approvals,
            history,
            memories,
            assignments,
            secrets,
            moduleSources,
            moduleChecks,
            client.getKubernetesSerialization());
    var nativeMarkers = new NativeMarkers(client, references);
    gitMarkers =
        switch (markerSettings.syncState()) {
          case NATIVE -> null;
          case GIT ->
              new GitMarkers(
                  new MarkerTags(git, clock),
                  moduleSources,
                  remotes,
                  nativeMarkers,
                  markerSettings.gitReadOnly(),
                  clock,
                  this::wake);
        };
    var markers = new ModuleMarkers(gitMarkers == null ? nativeMarkers : gitMarkers);
    commits = new GitHistory(cacheFolder(), git);
    answers = new ModuleAnswers(known, fleet, moduleSources, commits, remotes);
    var collaborators =
        new FleetModuleReconciler.Collaborators(
            fleet,
            holders,
            moduleSources,
            markers,
            history,
            moduleChecks,
            assignments,
            new UnusedSecrets(secrets, assemblages),
            new Announcements(events, outbox, clock),
            clock,
            new ModuleMetrics(registry));
    moduleReconciler = new ModuleReconciler(collaborators);
    bootstrapModuleReconciler = new BootstrapModuleReconciler(collaborators);
    approvalReconciler = new RolloutApprovalReconciler(known, approvals, clock);
    moduleNews = news(moduleReconciler);
    bootstrapModuleNews = news(bootstrapModuleReconciler);
    clusters.onChange(cluster -> wakeAll(cluster.namespace()));
    assemblages.onChange(this::assemblageChanged);
    assignments.onTrouble(
        (place, syncs) -> syncs.forEach(sync -> wake(place.cluster().namespace(), sync)));
    secrets.onGone(owner -> {
      moduleNews.call(owner);
      bootstrapModuleNews.call(owner);
    });
    bootstrapModules.onChange(this::bootstrapModuleChanged);
    modules.onChange((before, after) -> moduleChanged(before, after, moduleNews));
    bootstrapModules.onChange((before, after) -> moduleChanged(before, after, bootstrapModuleNews));
    approvals.onChange(this::approvalChanged);
    outbox.onArrival((kind, module) ->
        (kind.equals(HasMetadata.getKind(BootstrapModule.class)) ? bootstrapModuleNews : moduleNews)
            .call(module));
  }

  /** The reconcilers, to be registered. */
  public List<Reconciler<? extends HasMetadata>> reconcilers() {
    return List.of(moduleReconciler, bootstrapModuleReconciler, approvalReconciler);
  }

  /** Who knows which commits have been applied. */
  public AppliedAnswers answers() {
    return answers;
  }

  /** Starts to read; returns at once. */
  public void start() {
    modules.start();
    bootstrapModules.start();
    approvals.start();
    history.start();
  }

  /** Whether everything was read once. */
  public boolean synced() {
    return modules.synced() && bootstrapModules.synced() && approvals.synced() && history.synced();
  }

  @Override
  public void close() {
    modules.close();
    bootstrapModules.close();
    approvals.close();
    history.close();
    checks.close();
    sources.close();
    if (gitMarkers != null) {
      gitMarkers.close();
    }
    commits.close();
    git.close();
    references.close();
  }

  private static Path cacheFolder() {
    try {
      return Files.createTempDirectory("tranche-commits");
    } catch (IOException e) {
      throw new UncheckedIOException("there is no folder for temporary files", e);
    }
  }

  private Throttle<ObjectKey> news(FleetModuleReconciler<?> reconciler) {
    return new Throttle<>(
        (module, underway) ->
            Throttle.between(
                SHORTEST_NEWS_PERIOD,
                reconciler.lookTakes(module).multipliedBy((long) SHARE_OF_PROCESSOR * underway),
                LONGEST_NEWS_PERIOD),
        timer,
        reconciler::wake);
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

  /** Of what no generation tells. */
  private <M extends FleetModule> void moduleChanged(
      @Nullable M before, @Nullable M after, Throttle<ObjectKey> news) {
    var module = Objects.requireNonNull(after == null ? before : after);
    var key = ObjectKey.of(module);
    if (before != null
        && after != null
        && !Objects.equals(annotation(before, RETRY), annotation(after, RETRY))) {
      // The reconciler reads another cache, which may show the annotation later than ours.
      news.call(key);
      later(() -> news.call(key), RETRY_SEEN);
    }
    if (before != null
        && after != null
        && !Objects.equals(annotation(before, REQUESTED_AT), annotation(after, REQUESTED_AT))) {
      moduleSources.askNow(after);
    }
    if (before == null || after == null || generationChanged(before, after)) {
      known.dependents(module.getKind(), key).forEach(news::call);
    }
    if (before == null
        || after == null
        || !Objects.equals(before.getStatus(), after.getStatus())
        || generationChanged(before, after)) {
      approvals.inNamespace(key.namespace()).stream()
          .filter(approval -> KnownModules.isMeant(approval, module))
          .forEach(approval -> approvalReconciler.wake(ObjectKey.of(approval)));
    }
  }

  private static @Nullable String annotation(FleetModule module, String key) {
    var annotations = module.getMetadata().getAnnotations();
    return annotations == null ? null : annotations.get(key);
  }

  private void approvalChanged(@Nullable RolloutApproval before, @Nullable RolloutApproval after) {
    if (before != null && after != null && !generationChanged(before, after)) {
      return;
    }
    var approval = Objects.requireNonNull(after == null ? before : after);
    wake(
        approval.getMetadata().getNamespace(),
        new SyncKey(
            KnownModules.kind(approval.getSpec().moduleRef()),
            approval.getSpec().moduleRef().name()));
  }

  private void answered(CheckKey check) {
    wake(check.module());
  }

  private void wake(String uid) {
    modules
        .all()
        .filter(module -> uid.equals(module.getMetadata().getUid()))
        .forEach(module -> moduleNews.call(ObjectKey.of(module)));
    bootstrapModules
        .all()
        .filter(module -> uid.equals(module.getMetadata().getUid()))
        .forEach(module -> bootstrapModuleNews.call(ObjectKey.of(module)));
  }

  private void bootstrapModuleChanged(
      @Nullable BootstrapModule before, @Nullable BootstrapModule after) {
    if (before != null && after != null && !generationChanged(before, after)) {
      return;
    }
    wakeModules(ObjectKey.of(Objects.requireNonNull(after == null ? before : after)).namespace());
  }

  private void assemblageChanged(@Nullable AssemblageView before, @Nullable AssemblageView after) {
    var place = Objects.requireNonNull(after == null ? before : after).place();
    var namespace = place.cluster().namespace();
    var statusBefore = statuses(before);
    var statusAfter = statuses(after);
    Set<SyncKey> concerned = new HashSet<>();
    if (before == null
        || after == null
        || generationChanged(before.metadata(), after.metadata())
        || framingChanged(before.metadata(), after.metadata())) {
      concerned.addAll(entries(before));
      concerned.addAll(entries(after));
    }
    statusBefore.forEach(
        (key, status) -> addIf(!status.equals(statusAfter.get(key)), key, concerned));
    statusAfter.forEach(
        (key, status) -> addIf(!status.equals(statusBefore.get(key)), key, concerned));
    if (before != null && after != null && !before.observed() && after.observed()) {
      after.syncs().stream()
          .filter(sync -> sync.deletionPolicy() == DeletionPolicy.ORPHAN)
          .forEach(sync -> concerned.add(sync.key()));
    }
    if (before != null
        && after != null
        && !Objects.equals(before.observedGeneration(), after.observedGeneration())) {
      holders.waitingFor(before).forEach(this::wake);
    }
    concerned.stream().filter(AssignmentWriter::isOurs).forEach(key -> wake(namespace, key));
    if (after != null) {
      entries(after).stream()
          .filter(AssignmentWriter::isOurs)
          .filter(key -> !isKnown(namespace, key))
          .forEach(key -> later(() -> withdrawStray(place, key), STRAY_PERIOD));
    }
    if (place.delivery() == Delivery.REMOTE
        && (after == null || !bootstrapped(statusBefore).equals(bootstrapped(statusAfter)))) {
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
    var news = key.origin().equals("BootstrapModule") ? bootstrapModuleNews : moduleNews;
    news.call(module);
    known.dependents(key.origin(), module).forEach(news::call);
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
  private void withdrawStray(Place place, SyncKey key) {
    var namespace = place.cluster().namespace();
    if (isKnown(namespace, key)) {
      return;
    }
    Class<? extends FleetModule> kind =
        key.origin().equals("BootstrapModule") ? BootstrapModule.class : Module.class;
    HasMetadata stored = client.resources(kind).inNamespace(namespace).withName(key.name()).get();
    if (stored == null) {
      assignments.wish(place, key, new Wish.Withdraw());
    }
  }

  private void later(Runnable task, Duration wait) {
    try {
      var _ =
          timer.schedule(
              () -> {
                try {
                  task.run();
                } catch (RuntimeException e) {
                  log.atWarn().addKeyValue("error", e.getMessage()).log("not done, trying again");
                  later(task, wait);
                }
              },
              wait.toMillis(),
              TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("stopping");
    }
  }

  private static boolean generationChanged(HasMetadata before, HasMetadata after) {
    return generationChanged(before.getMetadata(), after.getMetadata());
  }

  private static boolean generationChanged(ObjectMeta before, ObjectMeta after) {
    return !before.getGeneration().equals(after.getGeneration())
        || !before.getUid().equals(after.getUid())
        || !Objects.equals(before.getDeletionTimestamp(), after.getDeletionTimestamp());
  }

  private static boolean framingChanged(ObjectMeta before, ObjectMeta after) {
    return !before.getOwnerReferences().equals(after.getOwnerReferences())
        || !before.getFinalizers().equals(after.getFinalizers());
  }

  private static Set<SyncKey> entries(@Nullable AssemblageView assemblage) {
    var keys = new HashSet<SyncKey>();
    if (assemblage != null) {
      assemblage.syncs().forEach(sync -> keys.add(sync.key()));
    }
    return keys;
  }

  private static Map<SyncKey, SyncStatus> statuses(@Nullable AssemblageView assemblage) {
    var statuses = new HashMap<SyncKey, SyncStatus>();
    if (assemblage != null) {
      assemblage.statuses().forEach(status -> statuses.put(status.key(), status));
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
