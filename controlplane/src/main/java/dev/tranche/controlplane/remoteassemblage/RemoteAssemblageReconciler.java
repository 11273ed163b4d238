package dev.tranche.controlplane.remoteassemblage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.assemblage.ExpandedSync;
import dev.tranche.assemblage.Expansion;
import dev.tranche.assemblage.Target;
import dev.tranche.assemblage.Withdrawal;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.status.AssemblageReport;
import dev.tranche.assemblage.status.SyncObservation;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.kustomize.v1.KustomizationSpec.DeletionPolicy;
import dev.tranche.crd.v1alpha1.AssemblageStatus;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
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
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has Flux apply the syncs of an assemblage, and says what Flux makes of them. */
final class RemoteAssemblageReconciler
    implements Reconciler<RemoteAssemblage>, Cleaner<RemoteAssemblage> {
  private static final Logger log = LoggerFactory.getLogger(RemoteAssemblageReconciler.class);

  /**
   * That something is being updated is written when it takes longer than this; most is done before.
   */
  private static final Duration UPDATING_IS_NEWS_AFTER = Duration.ofSeconds(15);

  /** After a write that failed, and while something is being withdrawn. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

  /** For a module to put back an entry that somebody took out by hand, before Flux prunes. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** For a cache to catch up with a change of the status, of which no event tells. */
  private static final Duration OVERTAKEN = Duration.ofMillis(200);

  private final KubernetesClient client;
  private final FluxObjects flux;
  private final ClusterAccess access;
  private final Clock clock;
  private final SimpleInboundEventSource<RemoteAssemblage> wakeUps =
      new SimpleInboundEventSource<>("flux");
  private final Map<String, Instant> heldBack = new ConcurrentHashMap<>();

  /** By assemblage, since when none of its entries wants a Kustomization any more, by its uid. */
  private final Map<ObjectKey, Map<String, Instant>> leavingSince = new ConcurrentHashMap<>();

  RemoteAssemblageReconciler(
      KubernetesClient client, FluxObjects flux, ClusterAccess access, Clock clock) {
    this.client = client;
    this.flux = flux;
    this.access = access;
    this.clock = clock;
  }

  void wake(ObjectKey assemblage) {
    wakeUps.propagateEvent(new ResourceID(assemblage.name(), assemblage.namespace()));
  }

  @Override
  public List<EventSource<?, RemoteAssemblage>> prepareEventSources(
      EventSourceContext<RemoteAssemblage> context) {
    return List.of(wakeUps);
  }

  @Override
  public UpdateControl<RemoteAssemblage> reconcile(
      RemoteAssemblage assemblage, Context<RemoteAssemblage> context) {
    var cluster = access.of(assemblage);
    if (cluster instanceof ClusterAccess.Ending) {
      return delete(assemblage, "its cluster is being deleted");
    }
    var syncs = new LinkedHashMap<SyncKey, SyncStatus>();
    var wanted = expanded(assemblage);
    var troubles = new ArrayList<String>();
    wanted.forEach((key, sync) -> syncs.put(key, bring(assemblage, sync, cluster, troubles)));
    var leaving = leaving(assemblage, wanted);
    if (!(cluster instanceof ClusterAccess.Paused) && !leaving.isEmpty()) {
      var stored = storedEntries(assemblage);
      leaving.removeIf(
          kustomization -> stored.isEmpty() || stored.get().contains(syncOf(kustomization)));
    }
    var since = leavingSince(assemblage, leaving);
    leaving.forEach(kustomization ->
        // Where the name of a sync is in use again, its new entry is what is spoken of.
        syncs.computeIfAbsent(
            syncOf(kustomization), key -> withdraw(assemblage, kustomization, cluster, since)));
    if (syncs.isEmpty()
        && access.isOwnedByCluster(assemblage)
        && !flux.anyStored(ObjectKey.of(assemblage))) {
      return delete(assemblage, "nothing is assigned any more");
    }
    var again = report(assemblage, List.copyOf(syncs.values()), context);
    if (again == null && (!leaving.isEmpty() || !troubles.isEmpty())) {
      again = LOOK_AGAIN;
    }
    if (again != null && since.values().stream().anyMatch(this::isTooSoon)) {
      again = PATIENCE.compareTo(again) < 0 ? PATIENCE : again;
    }
    return again == null
        ? UpdateControl.noUpdate()
        : UpdateControl.<RemoteAssemblage>noUpdate().rescheduleAfter(again);
  }

  private UpdateControl<RemoteAssemblage> delete(RemoteAssemblage assemblage, String why) {
    if (!FluxObjects.deleteExactly(client, assemblage)) {
      return UpdateControl.<RemoteAssemblage>noUpdate().rescheduleAfter(OVERTAKEN);
    }
    log.atInfo()
        .addKeyValue("remoteassemblage", ObjectKey.of(assemblage))
        .addKeyValue("why", why)
        .log("remoteassemblage deleted");
    return UpdateControl.noUpdate();
  }

  /** Lets go of what the assemblage put into its cluster, and leaves it running there. */
  @Override
  public DeleteControl cleanup(RemoteAssemblage assemblage, Context<RemoteAssemblage> context) {
    var key = ObjectKey.of(assemblage);
    var left = flux.ofAssemblage(key);
    if (left.isEmpty() && !flux.anyStored(key)) {
      heldBack.remove(assemblage.getMetadata().getUid());
      leavingSince.remove(key);
      return DeleteControl.defaultDelete();
    }
    left.forEach(kustomization ->
        carryOut(
            kustomization,
            Withdrawal.of(
                target(assemblage), kustomization, new Withdrawal.ClusterFacts(false, true))));
    return DeleteControl.noFinalizerRemoval().rescheduleAfter(LOOK_AGAIN.toMillis());
  }

  private SyncStatus bring(
      RemoteAssemblage assemblage,
      ExpandedSync sync,
      ClusterAccess.State cluster,
      List<String> troubles) {
    var previous = previous(assemblage, sync.key());
    SyncObservation observation;
    try {
      observation =
          switch (cluster) {
            case ClusterAccess.Open() -> {
              flux.bring(sync, assemblage);
              yield judge(sync, previous);
            }
            case ClusterAccess.Refused(String reason, String message) -> {
              if (flux.kustomization(sync).isPresent()) {
                flux.bring(suspended(sync), assemblage);
              }
              yield new SyncObservation(
                  SyncState.FAILED,
                  reason,
                  message,
                  previous == null ? null : previous.appliedRevision());
            }
            case ClusterAccess.Closed(String reason, String message) ->
                SyncObservation.waiting(reason, message, previous);
            case ClusterAccess.Paused(String message) ->
                flux.kustomization(sync).isPresent()
                    ? judge(sync, previous)
                    : SyncObservation.waiting("ClusterPaused", message, previous);
            case ClusterAccess.Ending() -> throw new IllegalStateException("handled before");
          };
    } catch (KubernetesClientException e) {
      log.atWarn()
          .addKeyValue("remoteassemblage", ObjectKey.of(assemblage))
          .addKeyValue("sync", sync.key())
          .addKeyValue("error", e.getMessage())
          .log("not written, trying again");
      troubles.add(String.valueOf(e.getMessage()));
      observation =
          new SyncObservation(
              SyncState.FAILED,
              "WriteFailed",
              "the Flux objects cannot be written: " + e.getMessage(),
              previous == null ? null : previous.appliedRevision());
    }
    return observation.status(sync.key(), sync.revision(), previous, clock.instant());
  }

  private SyncObservation judge(ExpandedSync sync, @Nullable SyncStatus previous) {
    return SyncObservation.judge(
        sync,
        flux.source(sync).orElse(null),
        flux.kustomization(sync).orElse(null),
        flux.written(sync),
        previous);
  }

  private SyncStatus withdraw(
      RemoteAssemblage assemblage,
      Kustomization kustomization,
      ClusterAccess.State cluster,
      Map<String, Instant> since) {
    var key = syncOf(kustomization);
    var previous = previous(assemblage, key);
    String message;
    if (cluster instanceof ClusterAccess.Paused(String paused)) {
      message = paused;
    } else if (isTooSoon(
        since.getOrDefault(kustomization.getMetadata().getUid(), clock.instant()))) {
      message = "no entry wants it any more";
    } else {
      var facts = new Withdrawal.ClusterFacts(cluster instanceof ClusterAccess.Open, false);
      message = carryOut(kustomization, Withdrawal.of(target(assemblage), kustomization, facts));
    }
    return SyncObservation.withdrawing(message, previous)
        .status(key, null, previous, clock.instant());
  }

  private Map<String, Instant> leavingSince(
      RemoteAssemblage assemblage, List<Kustomization> leaving) {
    var key = ObjectKey.of(assemblage);
    var now = clock.instant();
    var before = leavingSince.getOrDefault(key, Map.of());
    var since = new HashMap<String, Instant>();
    leaving.forEach(kustomization -> {
      var uid = kustomization.getMetadata().getUid();
      since.put(uid, before.getOrDefault(uid, now));
    });
    if (since.isEmpty()) {
      leavingSince.remove(key);
    } else {
      leavingSince.put(key, since);
    }
    return since;
  }

  private boolean isTooSoon(Instant since) {
    return clock.instant().isBefore(since.plus(PATIENCE));
  }

  /** Returns what is underway, for people. */
  private String carryOut(Kustomization kustomization, Withdrawal withdrawal) {
    return switch (withdrawal) {
      case Withdrawal.Prune(var patch) -> {
        patchAndDelete(kustomization, patch, "pruning");
        yield "Flux is removing what it applied";
      }
      case Withdrawal.Orphan(var patch) -> {
        patchAndDelete(kustomization, patch, "orphaning");
        yield "what Flux applied is left in the cluster";
      }
      case Withdrawal.Release(var patch) -> {
        flux.patch(kustomization, patch);
        log.atInfo()
            .addKeyValue("kustomization", ObjectKey.of(kustomization))
            .log("kustomization released, its cluster cannot be reached");
        yield "what Flux applied is left in the cluster";
      }
      case Withdrawal.Wait(String message) -> message;
    };
  }

  private void patchAndDelete(Kustomization kustomization, JsonNode patch, String how) {
    var current = patch.isEmpty() ? Optional.of(kustomization) : flux.patch(kustomization, patch);
    // Where it was changed meanwhile, the watch tells of that and it is looked at again.
    current
        .filter(flux::delete)
        .ifPresent(stored -> {
          log.atInfo()
              .addKeyValue("kustomization", ObjectKey.of(stored))
              .addKeyValue("how", how)
              .log("kustomization deleted");
        });
  }

  /** The Kustomizations of an assemblage that none of its entries wants. */
  private List<Kustomization> leaving(
      RemoteAssemblage assemblage, Map<SyncKey, ExpandedSync> wanted) {
    var names =
        wanted.values().stream()
            .map(sync -> sync.kustomization().getMetadata().getName())
            .collect(Collectors.toSet());
    return flux.ofAssemblage(ObjectKey.of(assemblage)).stream()
        .filter(kustomization -> !names.contains(kustomization.getMetadata().getName()))
        .collect(Collectors.toCollection(ArrayList::new));
  }

  /**
   * Asked of the API server itself: nothing is removed because an entry is missing in a cache that
   * lags.
   *
   * @return empty where this very assemblage is gone
   */
  private Optional<Set<SyncKey>> storedEntries(RemoteAssemblage assemblage) {
    return Optional.ofNullable(client.resource(assemblage).get())
        .filter(stored -> stored.getMetadata().getUid().equals(assemblage.getMetadata().getUid()))
        .map(stored ->
            stored.getSpec().syncs().stream().map(AssignedSync::key).collect(Collectors.toSet()));
  }

  private static Map<SyncKey, ExpandedSync> expanded(RemoteAssemblage assemblage) {
    var target = target(assemblage);
    var owner = ClusterAccess.ownerReference(assemblage);
    var expanded = new LinkedHashMap<SyncKey, ExpandedSync>();
    for (var sync : assemblage.getSpec().syncs()) {
      var objects = Expansion.of(target, sync);
      objects.kustomization().getMetadata().setOwnerReferences(List.of(owner));
      expanded.put(sync.key(), objects);
    }
    return expanded;
  }

  private static ExpandedSync suspended(ExpandedSync sync) {
    sync.kustomization().getSpec().setSuspend(true);
    sync.kustomization().getSpec().setDeletionPolicy(DeletionPolicy.ORPHAN);
    return sync;
  }

  private static Target target(RemoteAssemblage assemblage) {
    return new Target(
        assemblage.getMetadata().getNamespace(),
        assemblage.getMetadata().getName(),
        assemblage.getSpec().kubeconfigRef());
  }

  private static SyncKey syncOf(Kustomization kustomization) {
    var annotations =
        Objects.requireNonNullElse(
            kustomization.getMetadata().getAnnotations(), Map.<String, String>of());
    return new SyncKey(
        Objects.requireNonNullElse(annotations.get(Expansion.ORIGIN), ""),
        Objects.requireNonNullElse(annotations.get(Expansion.SYNC), ""));
  }

  private static @Nullable SyncStatus previous(RemoteAssemblage assemblage, SyncKey key) {
    var status = assemblage.getStatus();
    return status == null
        ? null
        : status.syncs().stream().filter(sync -> sync.key().equals(key)).findFirst().orElse(null);
  }

  /**
   * Writes the status where it says something new.
   *
   * @return when to look again because news are held back; null where none are
   */
  private @Nullable Duration report(
      RemoteAssemblage assemblage, List<SyncStatus> syncs, Context<RemoteAssemblage> context) {
    var now = clock.instant();
    var metadata = assemblage.getMetadata();
    var status = AssemblageReport.of(metadata.getGeneration(), syncs, assemblage.getStatus(), now);
    if (status.equals(assemblage.getStatus())) {
      heldBack.remove(metadata.getUid());
      return null;
    }
    if (!isUrgent(assemblage.getStatus(), syncs)) {
      var since = heldBack.computeIfAbsent(metadata.getUid(), uid -> now);
      var news = since.plus(UPDATING_IS_NEWS_AFTER);
      if (now.isBefore(news)) {
        return Duration.between(now, news);
      }
    }
    heldBack.remove(metadata.getUid());
    logConclusions(assemblage, syncs);
    var patch = new RemoteAssemblage();
    patch.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(metadata.getNamespace())
            .withName(metadata.getName())
            .build());
    patch.setStatus(status);
    PrimaryUpdateAndCacheUtils.ssaPatchStatusAndCacheResource(assemblage, patch, context);
    return null;
  }

  private static void logConclusions(RemoteAssemblage assemblage, List<SyncStatus> syncs) {
    for (var sync : syncs) {
      var before = previous(assemblage, sync.key());
      boolean concluded = sync.state() == SyncState.SUCCEEDED || sync.state() == SyncState.FAILED;
      boolean known =
          before != null
              && before.state() == sync.state()
              && Objects.equals(before.revision(), sync.revision())
              && Objects.equals(before.reason(), sync.reason());
      if (concluded && !known) {
        log.atInfo()
            .addKeyValue("remoteassemblage", ObjectKey.of(assemblage))
            .addKeyValue("sync", sync.key())
            .addKeyValue("revision", sync.revision())
            .addKeyValue("reason", sync.reason())
            .addKeyValue("applied", sync.appliedRevision())
            .log(sync.state() == SyncState.SUCCEEDED ? "succeeded" : "failed: " + sync.message());
      }
    }
  }

  /** Whether anything else is new than that something is being updated. */
  private static boolean isUrgent(@Nullable AssemblageStatus before, List<SyncStatus> after) {
    Map<SyncKey, SyncStatus> known =
        before == null
            ? Map.of()
            : before.syncs().stream().collect(Collectors.toMap(SyncStatus::key, sync -> sync));
    var remaining = after.stream().map(SyncStatus::key).collect(Collectors.toSet());
    return !remaining.containsAll(known.keySet())
        || after.stream()
            .anyMatch(
                sync -> sync.state() != SyncState.UPDATING && !sync.equals(known.get(sync.key())));
  }
}
