package dev.tranche.controlplane.module;

import dev.tranche.assemblage.binding.Resolution;
import dev.tranche.controlplane.assignment.AssignmentWriter;
import dev.tranche.controlplane.hub.Events;
import dev.tranche.controlplane.hub.ObjectKey;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.ModuleStatus;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.rollout.ClusterPlan;
import dev.tranche.rollout.ClusterState;
import dev.tranche.rollout.Reason;
import dev.tranche.rollout.RolloutPlan;
import dev.tranche.rollout.RolloutPlanner;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.PrimaryUpdateAndCacheUtils;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings a module to the clusters that it selects, and says how far that got. */
abstract class FleetModuleReconciler<M extends FleetModule> implements Reconciler<M>, Cleaner<M> {
  private static final Logger log = LoggerFactory.getLogger(FleetModuleReconciler.class);

  /** How often counts alone are written; a change of the conditions is written at once. */
  private static final Duration COUNTING = Duration.ofSeconds(2);

  /** For what no event tells of: a kind that gets installed, an outage of discovery. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

  private final ModuleFleet fleet;
  private final AssignmentWriter assignments;
  private final Events events;
  private final Clock clock;
  private final KubernetesSerialization serialization;
  private final ModuleMetrics metrics;
  private final SimpleInboundEventSource<M> wakeUps = new SimpleInboundEventSource<>("fleet");
  private final Map<String, Instant> counted = new ConcurrentHashMap<>();
  private final Map<String, Instant> loading = new ConcurrentHashMap<>();

  FleetModuleReconciler(
      ModuleFleet fleet,
      AssignmentWriter assignments,
      Events events,
      Clock clock,
      KubernetesSerialization serialization,
      ModuleMetrics metrics) {
    this.fleet = fleet;
    this.assignments = assignments;
    this.events = events;
    this.clock = clock;
    this.serialization = serialization;
    this.metrics = metrics;
  }

  /** A module with this status and nothing else but its name. */
  abstract M named();

  /** Has the module looked at again. */
  final void wake(ObjectKey module) {
    wakeUps.propagateEvent(new ResourceID(module.name(), module.namespace()));
  }

  @Override
  public List<EventSource<?, M>> prepareEventSources(EventSourceContext<M> context) {
    return List.of(wakeUps);
  }

  @Override
  public UpdateControl<M> reconcile(M module, Context<M> context) {
    var snapshot = fleet.of(module);
    var plan = RolloutPlanner.plan(snapshot.state());
    metrics.record(module, plan);
    carryOut(module, snapshot, plan);
    if (isLoading(module, snapshot)) {
      return UpdateControl.<M>noUpdate().rescheduleAfter(LOOK_AGAIN);
    }
    var status =
        ModuleStatuses.of(
            module,
            ModuleRevision.of(module, serialization),
            withTroubles(module, plan),
            snapshot.unresolvable().values(),
            clock.instant());
    var again = report(module, status, context);
    if (again == null && !snapshot.unresolvable().isEmpty()) {
      again = LOOK_AGAIN;
    }
    return again == null
        ? UpdateControl.noUpdate()
        : UpdateControl.<M>noUpdate().rescheduleAfter(again);
  }

  @Override
  public DeleteControl cleanup(M module, Context<M> context) {
    var key = ModuleFleet.keyOf(module);
    var waitingFor = new TreeMap<String, String>();
    fleet
        .holders(module)
        .forEach(assemblage -> {
          assignments.withdraw(ObjectKey.of(assemblage), key);
          waitingFor.put(assemblage.getMetadata().getName(), fleet.waitsFor(module, assemblage));
        });
    if (waitingFor.isEmpty() && !anyHolderIsStored(module, context)) {
      fleet.forget(module);
      metrics.forget(module);
      counted.remove(module.getMetadata().getUid());
      loading.remove(module.getMetadata().getUid());
      return DeleteControl.defaultDelete();
    }
    report(module, ModuleStatuses.withdrawing(module, waitingFor, clock.instant()), context);
    return DeleteControl.noFinalizerRemoval().rescheduleAfter(LOOK_AGAIN.toMillis());
  }

  /**
   * Whether objects that bindings read are being read for the first time, which takes a moment
   * after every start. What was said before stands for that long.
   */
  private boolean isLoading(M module, ModuleFleet.Snapshot snapshot) {
    var uid = module.getMetadata().getUid();
    if (snapshot.unresolvable().values().stream()
        .noneMatch(trouble -> trouble.reason() == Resolution.Reason.NOT_LOADED)) {
      loading.remove(uid);
      return false;
    }
    var now = clock.instant();
    return now.isBefore(loading.computeIfAbsent(uid, u -> now).plus(LOOK_AGAIN));
  }

  private void carryOut(M module, ModuleFleet.Snapshot snapshot, RolloutPlan plan) {
    var namespace = module.getMetadata().getNamespace();
    plan.clusters().stream()
        .filter(ClusterPlan::assign)
        .forEach(cluster ->
            assignments.assign(
                new ObjectKey(namespace, cluster.cluster()),
                Objects.requireNonNull(snapshot.wanted().get(cluster.cluster()))));
    if (!snapshot.state().suspended()) {
      snapshot
          .departed()
          .forEach(cluster -> assignments.withdraw(cluster, ModuleFleet.keyOf(module)));
    }
  }

  /** A cluster that is about to be assigned and cannot, says why. */
  private RolloutPlan withTroubles(M module, RolloutPlan plan) {
    if (plan.clusters().stream().noneMatch(cluster -> cluster.state() == ClusterState.PENDING)) {
      return plan;
    }
    var namespace = module.getMetadata().getNamespace();
    return new RolloutPlan(
        plan.clusters().stream()
            .map(cluster ->
                cluster.state() != ClusterState.PENDING
                    ? cluster
                    : assignments
                        .trouble(
                            new ObjectKey(namespace, cluster.cluster()), ModuleFleet.keyOf(module))
                        .map(trouble ->
                            new ClusterPlan(
                                cluster.cluster(),
                                ClusterState.FAILED,
                                new Reason("AssignmentNotWritten", trouble),
                                cluster.assign(),
                                false))
                        .orElse(cluster))
            .toList());
  }

  /**
   * Writes the status where it says something new.
   *
   * @return when to look again because something is held back; null where nothing is
   */
  private @Nullable Duration report(M module, ModuleStatus status, Context<M> context) {
    if (status.equals(module.getStatus())) {
      return null;
    }
    var before = ModuleStatuses.ready(module.getStatus());
    var after = Objects.requireNonNull(ModuleStatuses.ready(status));
    boolean turned =
        before == null
            || !before.getReason().equals(after.getReason())
            || !before.getStatus().equals(after.getStatus())
            || !Objects.equals(before.getObservedGeneration(), after.getObservedGeneration());
    var now = clock.instant();
    var last = counted.get(module.getMetadata().getUid());
    if (!turned && last != null && now.isBefore(last.plus(COUNTING))) {
      return Duration.between(now, last.plus(COUNTING));
    }
    var patch = named();
    patch.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(module.getMetadata().getNamespace())
            .withName(module.getMetadata().getName())
            .build());
    patch.setStatus(status);
    PrimaryUpdateAndCacheUtils.ssaPatchStatusAndCacheResource(module, patch, context);
    counted.put(module.getMetadata().getUid(), now);
    if (before == null
        || !before.getReason().equals(after.getReason())
        || !before.getStatus().equals(after.getStatus())) {
      log.atInfo()
          .addKeyValue("kind", module.getKind())
          .addKeyValue("module", ObjectKey.of(module))
          .addKeyValue("ready", after.getStatus())
          .addKeyValue("reason", after.getReason())
          .log(after.getMessage());
      events.emit(
          module,
          "True".equals(after.getStatus())
                  || "RollingOut".equals(after.getReason())
                  || "Withdrawing".equals(after.getReason())
              ? Events.Type.NORMAL
              : Events.Type.WARNING,
          after.getReason(),
          "Reconcile",
          after.getMessage());
    }
    return null;
  }

  /** Asked of the API server itself, since a cache that lags would let a module go too early. */
  private boolean anyHolderIsStored(M module, Context<M> context) {
    var key = ModuleFleet.keyOf(module);
    return context
        .getClient()
        .resources(RemoteAssemblage.class)
        .inNamespace(module.getMetadata().getNamespace())
        .list()
        .getItems()
        .stream()
        .anyMatch(assemblage -> ModuleFleet.holds(assemblage, key));
  }
}
