package dev.tranche.controlplane.module;

import dev.tranche.assemblage.binding.Resolution;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.kube.ServerSideApply;
import dev.tranche.controlplane.assignment.AssignmentWriter;
import dev.tranche.controlplane.assignment.Place;
import dev.tranche.controlplane.assignment.SubstituteSecrets;
import dev.tranche.controlplane.assignment.Wish;
import dev.tranche.controlplane.history.ModuleHistory;
import dev.tranche.controlplane.rollout.RolloutRecord;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.ModuleStatus;
import dev.tranche.rollout.ClusterFacts;
import dev.tranche.rollout.ClusterPlan;
import dev.tranche.rollout.ClusterState;
import dev.tranche.rollout.Reason;
import dev.tranche.rollout.ReasonCode;
import dev.tranche.rollout.RolloutPlan;
import dev.tranche.rollout.RolloutPlanner;
import dev.tranche.rollout.RolloutStep;
import dev.tranche.rollout.Target;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
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
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Brings a module to the clusters that it selects, and says how far that got. */
abstract class FleetModuleReconciler<M extends FleetModule> implements Reconciler<M>, Cleaner<M> {
  /** How often counts alone are written; a change of the conditions is written at once. */
  private static final Duration COUNTING = Duration.ofSeconds(2);

  /** For what no event tells of: a kind that gets installed, an outage of discovery. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

  private static final Duration AFTER_CONFLICT = Duration.ofMillis(100);
  private static final Duration AT_ONCE = Duration.ofMillis(1);

  private final ModuleFleet fleet;
  private final ModuleHolders holders;
  private final ModuleSources sources;
  private final ModuleMarkers markers;
  private final ModuleHistory history;
  private final ModuleChecks checks;
  private final AssignmentWriter assignments;
  private final UnusedSecrets unusedSecrets;
  private final Announcements announcements;
  private final Clock clock;
  private final ModuleMetrics metrics;
  private final SimpleInboundEventSource<M> wakeUps = new SimpleInboundEventSource<>("fleet");
  private final Map<String, Instant> counted = new ConcurrentHashMap<>();
  private final Map<String, Instant> loading = new ConcurrentHashMap<>();
  private final Map<ObjectKey, Duration> looks = new ConcurrentHashMap<>();

  FleetModuleReconciler(Collaborators with) {
    fleet = with.fleet();
    holders = with.holders();
    sources = with.sources();
    markers = with.markers();
    history = with.history();
    checks = with.checks();
    assignments = with.assignments();
    unusedSecrets = with.unusedSecrets();
    announcements = with.announcements();
    clock = with.clock();
    metrics = with.metrics();
  }

  /** What the controllers of all kinds of modules work with. */
  record Collaborators(
      ModuleFleet fleet,
      ModuleHolders holders,
      ModuleSources sources,
      ModuleMarkers markers,
      ModuleHistory history,
      ModuleChecks checks,
      AssignmentWriter assignments,
      UnusedSecrets unusedSecrets,
      Announcements announcements,
      Clock clock,
      ModuleMetrics metrics) {}

  /** A module with this status and nothing else but its name. */
  abstract M named();

  /** Has the module looked at again. */
  final void wake(ObjectKey module) {
    wakeUps.propagateEvent(new ResourceID(module.name(), module.namespace()));
  }

  /** How long it took last time to see how a module stands and to plan; zero before the first. */
  final Duration lookTakes(ObjectKey module) {
    return looks.getOrDefault(module, Duration.ZERO);
  }

  @Override
  public List<EventSource<?, M>> prepareEventSources(EventSourceContext<M> context) {
    return List.of(wakeUps);
  }

  @Override
  public UpdateControl<M> reconcile(M module, Context<M> context) {
    try {
      return bringForward(module, context);
    } catch (OvertakenException e) {
      // What was decided is to be decided again.
      return UpdateControl.<M>noUpdate().rescheduleAfter(AFTER_CONFLICT);
    }
  }

  private UpdateControl<M> bringForward(M module, Context<M> context) {
    long begun = System.nanoTime();
    // What is recorded must be read back as it was.
    var now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    var source = sources.report(module, now);
    var content = source.content();
    if (source.asking() || content == null) {
      boolean known = sources.looked(module);
      var wait =
          source.asking()
              ? known ? AT_ONCE : ModuleSources.PATIENCE
              : report(
                  module,
                  ModuleStatuses.unknown(module, source, fleet.selected(module), now),
                  context);
      return UpdateControl.<M>noUpdate()
          .rescheduleAfter(Objects.requireNonNullElse(wait, LOOK_AGAIN));
    }
    var snapshot = fleet.of(module, content, source, now);
    if (isLoading(module, snapshot)) {
      return UpdateControl.<M>noUpdate()
          .rescheduleAfter(sources.looked(module) ? AT_ONCE : LOOK_AGAIN);
    }
    var plan = RolloutPlanner.plan(snapshot.state());
    looks.put(ObjectKey.of(module), Duration.ofNanos(System.nanoTime() - begun));
    metrics.record(module, plan);
    history.record(module, snapshot.content());
    boolean recorded = record(module, snapshot, plan, context);
    checks.want(module, plan.checks(), snapshot.content().revision());
    carryOut(module, snapshot, plan);
    if (recorded) {
      announcements.steps(module, plan);
    }
    trim(module, snapshot, plan);
    var collect = unusedSecrets.collect(module, snapshot.secrets(), now);
    var marker = markers.keep(module, source, plan, now);
    sources.looked(module);
    var again =
        report(
            module,
            status(module, snapshot, withTroubles(module, plan), marker, List.of()),
            context);
    announcements.handOver(module);
    return again(plan, snapshot, marker, again, collect)
        .map(wait -> UpdateControl.<M>noUpdate().rescheduleAfter(wait))
        .orElseGet(UpdateControl::noUpdate);
  }

  /** A revision is of use no longer when the rollout of another one has completed. */
  private void trim(M module, ModuleFleet.Snapshot snapshot, RolloutPlan plan) {
    var inUse = new HashSet<>(snapshot.pinned());
    inUse.add(snapshot.content().revision());
    if (plan.stableRevision() != null) {
      inUse.add(plan.stableRevision());
    }
    history.trim(module, inUse);
  }

  /**
   * What follows from progress may only be carried out once the progress is recorded.
   *
   * @return whether there was any
   */
  private boolean record(
      M module, ModuleFleet.Snapshot snapshot, RolloutPlan plan, Context<M> context) {
    var stable = module.getStatus() == null ? null : module.getStatus().stableRevision();
    if (plan.progress().equals(RolloutRecord.progress(module.getStatus()))
        && Objects.equals(plan.stableRevision(), stable)) {
      return false;
    }
    var marker = module.getStatus() == null ? null : module.getStatus().marker();
    write(module, status(module, snapshot, plan, new MarkerReport(marker), plan.steps()), context);
    return true;
  }

  private ModuleStatus status(
      M module,
      ModuleFleet.Snapshot snapshot,
      RolloutPlan plan,
      MarkerReport marker,
      List<RolloutStep> steps) {
    return ModuleStatuses.of(
        module,
        snapshot.source(),
        marker,
        plan,
        snapshot.unresolvable().values(),
        snapshot.problem(),
        announcements.pending(module, snapshot.content().version(), steps, marker.marker()),
        clock.instant());
  }

  private Optional<Duration> again(
      RolloutPlan plan,
      ModuleFleet.Snapshot snapshot,
      MarkerReport marker,
      @Nullable Duration report,
      @Nullable Duration collect) {
    return Stream.of(
            Optional.ofNullable(report),
            Optional.ofNullable(collect),
            snapshot.unresolvable().isEmpty()
                    && snapshot.departed().isEmpty()
                    && marker.notKept() == null
                ? Optional.<Duration>empty()
                : Optional.of(LOOK_AGAIN),
            Optional.ofNullable(plan.nextLook())
                .map(next -> Duration.between(clock.instant(), next))
                .map(wait -> wait.isPositive() ? wait : AT_ONCE))
        .flatMap(Optional::stream)
        .min(Comparator.naturalOrder());
  }

  @Override
  public DeleteControl cleanup(M module, Context<M> context) {
    try {
      return withdraw(module, context);
    } catch (OvertakenException e) {
      return DeleteControl.noFinalizerRemoval().rescheduleAfter(AFTER_CONFLICT.toMillis());
    }
  }

  private DeleteControl withdraw(M module, Context<M> context) {
    announcements.handOver(module);
    var waitingFor = new TreeMap<String, String>();
    holders
        .of(module)
        .forEach(assemblage -> {
          holders
              .withdrawal(module, assemblage)
              .ifPresent(wish -> wish(module, assemblage.place(), wish));
          waitingFor.merge(
              assemblage.metadata().getName(),
              holders.waitsFor(module, assemblage),
              (one, other) -> one + "; " + other);
        });
    holders
        .unaware(module)
        .forEach(assemblage ->
            waitingFor.putIfAbsent(
                assemblage.metadata().getName(), "has not reported yet that nothing is left"));
    if (waitingFor.isEmpty() && !holders.anyIsStored(module, context.getClient())) {
      markers.remove(module);
      fleet.forget(module);
      checks.forget(module);
      metrics.forget(module);
      announcements.forget(module);
      counted.remove(module.getMetadata().getUid());
      looks.remove(ObjectKey.of(module));
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
    if (snapshot.state().clusters().stream().noneMatch(FleetModuleReconciler::isLoading)) {
      loading.remove(uid);
      return false;
    }
    var now = clock.instant();
    return now.isBefore(loading.computeIfAbsent(uid, u -> now).plus(LOOK_AGAIN));
  }

  /**
   * Also of what it would go back to, since to be without that means that there is nothing to do.
   */
  private static boolean isLoading(ClusterFacts cluster) {
    var pin = cluster.pin();
    return isLoading(cluster.target())
        || isLoading(cluster.stable())
        || (pin != null && isLoading(pin.revision()));
  }

  private static boolean isLoading(@Nullable Target target) {
    return target instanceof Target.Unresolvable(Reason reason)
        && reason.code().equals(Resolution.Reason.NOT_LOADED.toString());
  }

  private void carryOut(M module, ModuleFleet.Snapshot snapshot, RolloutPlan plan) {
    var namespace = module.getMetadata().getNamespace();
    for (var cluster : plan.clusters()) {
      var revision = cluster.assign();
      if (revision != null) {
        var assignable =
            Objects.requireNonNull(snapshot.contents().find(cluster.cluster(), revision));
        Handover.assigning(
                snapshot.holdings(cluster.cluster()),
                new Place(assignable.delivery(), new ObjectKey(namespace, cluster.cluster())),
                new Wish.Assign(assignable.sync(), needed(module, assignable)))
            .forEach((place, wish) -> wish(module, place, wish));
      } else if (!snapshot.state().suspended() && snapshot.holdings(cluster.cluster()).moving()) {
        Handover.settling(
                snapshot.holdings(cluster.cluster()), cluster.state() != ClusterState.UNREACHABLE)
            .forEach((place, wish) -> wish(module, place, wish));
      }
    }
    if (!snapshot.state().suspended()) {
      snapshot.departed().stream()
          .flatMap(Holdings::all)
          .forEach(holding ->
              holders
                  .withdrawal(module, holding.assemblage())
                  .ifPresent(wish -> wish(module, holding.place(), wish)));
    }
  }

  private SubstituteSecrets.@Nullable Needed needed(M module, Handover.Assignable assignable) {
    var secret = assignable.secret();
    return secret == null
        ? null
        : new SubstituteSecrets.Needed(secret, ModuleHistory.ownerReference(module));
  }

  private void wish(M module, Place place, Wish wish) {
    holders.remember(module, place, wish);
    assignments.wish(place, ModuleFleet.keyOf(module), wish);
  }

  /** A cluster that is about to be assigned and cannot, says why. */
  private RolloutPlan withTroubles(M module, RolloutPlan plan) {
    if (plan.clusters().stream().noneMatch(cluster -> cluster.state() == ClusterState.PENDING)) {
      return plan;
    }
    var clusters =
        plan.clusters().stream()
            .map(cluster ->
                cluster.state() != ClusterState.PENDING
                    ? cluster
                    : trouble(module, cluster)
                        .map(trouble ->
                            new ClusterPlan(
                                cluster.cluster(),
                                cluster.stage(),
                                ClusterState.FAILED,
                                ReasonCode.ASSIGNMENT_NOT_WRITTEN.because(trouble),
                                cluster.assign(),
                                false))
                        .orElse(cluster))
            .toList();
    return new RolloutPlan(
        clusters,
        plan.stages(),
        plan.progress(),
        plan.stableRevision(),
        plan.outlook(),
        plan.steps(),
        plan.checks(),
        plan.nextLook());
  }

  private Optional<String> trouble(M module, ClusterPlan plan) {
    var cluster = new ObjectKey(module.getMetadata().getNamespace(), plan.cluster());
    return Stream.of(Delivery.values())
        .map(delivery ->
            assignments.trouble(new Place(delivery, cluster), ModuleFleet.keyOf(module)))
        .flatMap(Optional::stream)
        .findFirst();
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
    write(module, status, context);
    return null;
  }

  /**
   * Writes a status over the one that it was worked out from, so that no other replica's progress
   * is lost.
   *
   * @throws OvertakenException where somebody changed the module meanwhile
   */
  private void write(M module, ModuleStatus status, Context<M> context) {
    var patch = named();
    patch.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(module.getMetadata().getNamespace())
            .withName(module.getMetadata().getName())
            .withResourceVersion(module.getMetadata().getResourceVersion())
            .build());
    patch.setStatus(status);
    var written =
        PrimaryUpdateAndCacheUtils.updateAndCacheResource(
            module, context, seen -> patch, applied -> patchStatus(applied, context));
    var before = ModuleStatuses.ready(module.getStatus());
    var former = module.getStatus();
    module.setStatus(status);
    module.getMetadata().setResourceVersion(written.getMetadata().getResourceVersion());
    counted.put(module.getMetadata().getUid(), clock.instant());
    announcements.ready(module, before, Objects.requireNonNull(ModuleStatuses.ready(status)));
    announcements.movedTag(
        module, ModuleStatuses.movedTag(former), ModuleStatuses.movedTag(status));
    announcements.marker(module, former, status.marker());
  }

  /** Left to itself, the framework would write what was overtaken over the newer version. */
  private M patchStatus(M patch, Context<M> context) {
    try {
      return new ServerSideApply(
              context.getClient(), context.getControllerConfiguration().fieldManager())
          .applyStatus(patch);
    } catch (KubernetesClientException e) {
      throw e.getCode() == HttpURLConnection.HTTP_CONFLICT ? new OvertakenException(e) : e;
    }
  }

  /** Somebody changed the module meanwhile. */
  private static final class OvertakenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    OvertakenException(KubernetesClientException cause) {
      super(cause);
    }
  }
}
