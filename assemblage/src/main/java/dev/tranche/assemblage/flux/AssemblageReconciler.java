package dev.tranche.assemblage.flux;

import dev.tranche.assemblage.Applier;
import dev.tranche.assemblage.ExpandedSync;
import dev.tranche.assemblage.Expansion;
import dev.tranche.assemblage.Target;
import dev.tranche.assemblage.Withdrawal;
import dev.tranche.assemblage.kube.Gathering;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.kube.ServerSideApply;
import dev.tranche.assemblage.status.AssemblageReport;
import dev.tranche.assemblage.status.SyncObservation;
import dev.tranche.crd.v1alpha1.AssemblageStatus;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.CustomResource;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has Flux apply the syncs of an assemblage, and says what Flux makes of them. A subclass says what
 * is particular to a kind of assemblage.
 */
public abstract class AssemblageReconciler<A extends CustomResource<?, AssemblageStatus>>
    implements Reconciler<A>, Cleaner<A> {
  private static final Logger log = LoggerFactory.getLogger(AssemblageReconciler.class);

  /**
   * That something is being updated is written when it takes longer than this; most is done before.
   */
  private static final Duration UPDATING_IS_NEWS_AFTER = Duration.ofSeconds(15);

  /** A status is written less often the dearer it is, but this often. */
  private static final Duration LONGEST_GATHERING = Duration.ofSeconds(5);

  /** After a write that failed, and while something is being withdrawn. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

  /** For whoever wrote an entry to put it back after a mishap, before Flux prunes. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** For a cache to catch up with a change of the status, of which no event tells. */
  private static final Duration OVERTAKEN = Duration.ofMillis(200);

  private final KubernetesClient client;
  private final FluxObjects flux;
  private final Withdrawals withdrawals;
  private final Clock clock;
  private final SimpleInboundEventSource<A> wakeUps = new SimpleInboundEventSource<>("flux");

  private final Gathering reports = new Gathering(LONGEST_GATHERING);

  /** By uid of an assemblage, news that are held back. */
  private final SinceWhen heldBack = new SinceWhen();

  /** By uid of an applier, that no entry wants it any more. */
  private final SinceWhen leaving = new SinceWhen();

  /** Works with this client on these Flux objects, which their owner starts and ends. */
  protected AssemblageReconciler(KubernetesClient client, FluxObjects flux, Clock clock) {
    this.client = client;
    this.flux = flux;
    this.withdrawals = new Withdrawals(flux);
    this.clock = clock;
  }

  /** The entries of an assemblage. */
  protected abstract List<AssignedSync> entries(A assemblage);

  /** Where the syncs of an assemblage go. */
  protected abstract Target target(A assemblage);

  /** Whether something may be done in the cluster of an assemblage now. */
  protected abstract Access access(A assemblage);

  /**
   * What the entries of an assemblage have become, in their order; called once for each look at it,
   * before anything is written.
   */
  protected abstract Map<AssignedSync, Entry> expand(A assemblage);

  /** Whether an assemblage without entries, of which nothing is left, is to be deleted. */
  protected abstract boolean endsWhenEmpty(A assemblage);

  /** An assemblage that holds nothing. */
  protected abstract A blank();

  /**
   * Writes what the Flux objects of an entry need beside them; called whenever they may be written.
   */
  protected void prepare(A assemblage, Entry.Expanded entry) {}

  /**
   * Removes what nobody needs any more; called at the end of each look at an assemblage.
   *
   * @param appliers those that were made for it, as the watch shows them
   */
  protected void tidy(A assemblage, List<Applier> appliers) {}

  /** An assemblage of which nothing is left is being forgotten. */
  protected void forget(ObjectKey assemblage) {
    heldBack.forget(assemblage);
    leaving.forget(assemblage);
    reports.forget(assemblage);
  }

  /** How far the reports on an assemblage are to lie apart. */
  final Duration reportsApart(ObjectKey assemblage) {
    return reports.period(assemblage);
  }

  /** Has an assemblage looked at again; never waits. */
  public final void wake(ObjectKey assemblage) {
    wakeUps.propagateEvent(new ResourceID(assemblage.name(), assemblage.namespace()));
  }

  @Override
  public final List<EventSource<?, A>> prepareEventSources(EventSourceContext<A> context) {
    return List.of(wakeUps);
  }

  @Override
  public final UpdateControl<A> reconcile(A assemblage, Context<A> context) {
    var access = access(assemblage);
    if (access instanceof Access.Ending) {
      return delete(assemblage, "its cluster is being deleted");
    }
    var syncs = new LinkedHashMap<SyncKey, SyncStatus>();
    var wanted = expand(assemblage);
    var troubles = new ArrayList<String>();
    wanted.forEach((entry, become) ->
        syncs.put(entry.key(), bring(assemblage, entry, become, access, troubles)));
    var unwanted = unwanted(assemblage);
    if (!(access instanceof Access.Paused) && !unwanted.isEmpty()) {
      var stored = storedEntries(assemblage);
      unwanted.removeIf(applier -> stored.isEmpty() || stored.get().contains(syncOf(applier)));
    }
    var since =
        leaving.holds(
            ObjectKey.of(assemblage),
            unwanted.stream().map(applier -> applier.metadata().getUid()).toList(),
            clock.instant());
    unwanted.forEach(applier ->
        // Where the name of a sync is in use again, its new entry is what is spoken of.
        syncs.computeIfAbsent(
            syncOf(applier), key -> withdraw(assemblage, applier, access, since)));
    if (syncs.isEmpty() && endsWhenEmpty(assemblage) && !flux.anyStored(ObjectKey.of(assemblage))) {
      return delete(assemblage, "nothing is assigned any more");
    }
    var again = report(assemblage, List.copyOf(syncs.values()), context);
    tidy(assemblage, flux.ofAssemblage(ObjectKey.of(assemblage)));
    if (again == null && (!unwanted.isEmpty() || !troubles.isEmpty())) {
      again = LOOK_AGAIN;
    }
    if (again != null && since.values().stream().anyMatch(this::isTooSoon)) {
      again = PATIENCE.compareTo(again) < 0 ? PATIENCE : again;
    }
    return again == null
        ? UpdateControl.noUpdate()
        : UpdateControl.<A>noUpdate().rescheduleAfter(again);
  }

  private UpdateControl<A> delete(A assemblage, String why) {
    if (!FluxKind.deleteExactly(client, assemblage)) {
      return UpdateControl.<A>noUpdate().rescheduleAfter(OVERTAKEN);
    }
    log.atInfo()
        .addKeyValue(assemblage.getSingular(), ObjectKey.of(assemblage))
        .addKeyValue("why", why)
        .log(assemblage.getSingular() + " deleted");
    return UpdateControl.noUpdate();
  }

  /** Lets go of what the assemblage put into its cluster, and leaves it running there. */
  @Override
  public final DeleteControl cleanup(A assemblage, Context<A> context) {
    var key = ObjectKey.of(assemblage);
    var left = flux.ofAssemblage(key);
    if (left.isEmpty() && !flux.anyStored(key)) {
      forget(key);
      return DeleteControl.defaultDelete();
    }
    left.forEach(applier ->
        withdrawals.carryOut(
            target(assemblage), applier, new Withdrawal.ClusterFacts(false, true)));
    return DeleteControl.noFinalizerRemoval().rescheduleAfter(LOOK_AGAIN.toMillis());
  }

  private SyncStatus bring(
      A assemblage, AssignedSync entry, Entry become, Access access, List<String> troubles) {
    var previous = previous(assemblage, entry.key());
    SyncObservation observation;
    try {
      observation =
          switch (become) {
            case Entry.Expanded expanded -> {
              flux.missing(expanded.sync()).ifPresent(troubles::add);
              yield bring(assemblage, expanded, access, previous);
            }
            case Entry.Unresolved(SyncState state, String reason, String message) -> {
              flux.appliers(applierOf(assemblage, entry))
                  .forEach(applier -> flux.mark(applier, entry.deletionPolicy()));
              yield new SyncObservation(state, reason, message, applied(previous));
            }
          };
    } catch (KubernetesClientException e) {
      log.atWarn()
          .addKeyValue(assemblage.getSingular(), ObjectKey.of(assemblage))
          .addKeyValue("sync", entry.key())
          .addKeyValue("error", e.getMessage())
          .log("not written, trying again");
      troubles.add(String.valueOf(e.getMessage()));
      observation =
          new SyncObservation(
              SyncState.FAILED,
              "WriteFailed",
              "the Flux objects cannot be written: " + e.getMessage(),
              applied(previous));
    }
    return observation.status(
        entry.key(),
        entry.revision(),
        flux.appliers(applierOf(assemblage, entry)).stream()
            .findFirst()
            .map(Applier::deletionPolicy)
            .orElse(Optional.ofNullable(entry.deletionPolicy()))
            .orElse(null),
        previous,
        clock.instant());
  }

  private SyncObservation bring(
      A assemblage, Entry.Expanded entry, Access access, @Nullable SyncStatus previous) {
    var sync = entry.sync();
    var variant = entry.variant();
    return switch (access) {
      case Access.Open() -> {
        var missing = flux.missing(sync);
        if (missing.isPresent()) {
          yield SyncObservation.waiting("KindNotInstalled", missing.get(), previous);
        }
        var replaced = replaced(assemblage, sync);
        if (replaced.isPresent()) {
          yield new SyncObservation(
              SyncState.UPDATING, "PackageReplaced", replaced.get(), applied(previous));
        }
        prepare(assemblage, entry);
        flux.bring(sync, assemblage, variant);
        yield judge(sync, previous);
      }
      case Access.Refused(String reason, String message) -> {
        if (flux.applier(sync).isPresent()) {
          flux.bring(suspended(sync), assemblage, "suspended " + variant);
        }
        yield new SyncObservation(SyncState.FAILED, reason, message, applied(previous));
      }
      case Access.Closed(String reason, String message) ->
          SyncObservation.waiting(reason, message, previous);
      case Access.Paused(String message) ->
          flux.applier(sync).isPresent()
              ? judge(sync, previous)
              : SyncObservation.waiting("ClusterPaused", message, previous);
      case Access.Ending() -> throw new IllegalStateException("handled before");
    };
  }

  /**
   * Takes out what an entry had applied in another way before, so that two do not contend for it;
   * empty where nothing is left of that, else what is underway.
   */
  private Optional<String> replaced(A assemblage, ExpandedSync sync) {
    return flux.appliers(ObjectKey.of(sync.applier().object())).stream()
        .filter(applier -> applier.getClass() != sync.applier().getClass())
        .findFirst()
        .map(applier ->
            "its %s goes first: %s"
                .formatted(
                    applier.object().getKind(),
                    withdrawals.carryOut(
                        target(assemblage), applier, new Withdrawal.ClusterFacts(true, false))));
  }

  private SyncObservation judge(ExpandedSync sync, @Nullable SyncStatus previous) {
    return SyncObservation.judge(
        sync,
        flux.sources().of(sync),
        flux.applier(sync).orElse(null),
        flux.written(sync),
        previous);
  }

  private SyncStatus withdraw(
      A assemblage, Applier applier, Access access, Map<String, Instant> since) {
    var key = syncOf(applier);
    var previous = previous(assemblage, key);
    String message;
    if (access instanceof Access.Paused(String paused)) {
      message = paused;
    } else if (isTooSoon(since.getOrDefault(applier.metadata().getUid(), clock.instant()))) {
      message = "no entry wants it any more";
    } else {
      var facts = new Withdrawal.ClusterFacts(access instanceof Access.Open, false);
      message = withdrawals.carryOut(target(assemblage), applier, facts);
    }
    return SyncObservation.withdrawing(message, previous)
        .status(key, null, applier.deletionPolicy().orElse(null), previous, clock.instant());
  }

  private boolean isTooSoon(Instant since) {
    return clock.instant().isBefore(since.plus(PATIENCE));
  }

  /** The appliers of an assemblage that none of its entries wants. */
  private List<Applier> unwanted(A assemblage) {
    var wanted =
        entries(assemblage).stream()
            .map(entry -> applierOf(assemblage, entry).name())
            .collect(Collectors.toSet());
    return flux.ofAssemblage(ObjectKey.of(assemblage)).stream()
        .filter(applier -> !wanted.contains(applier.metadata().getName()))
        .collect(Collectors.toCollection(ArrayList::new));
  }

  private ObjectKey applierOf(A assemblage, AssignedSync entry) {
    return new ObjectKey(
        assemblage.getMetadata().getNamespace(),
        Expansion.applierName(target(assemblage), entry.key()));
  }

  /**
   * Asked of the API server itself: nothing is removed because an entry is missing in a cache that
   * lags.
   *
   * @return empty where this very assemblage is gone
   */
  private Optional<Set<SyncKey>> storedEntries(A assemblage) {
    return Optional.ofNullable(client.resource(assemblage).get())
        .filter(stored -> stored.getMetadata().getUid().equals(assemblage.getMetadata().getUid()))
        .map(stored -> entries(stored).stream().map(AssignedSync::key).collect(Collectors.toSet()));
  }

  /**
   * The Flux objects of an entry that is taken as it is.
   *
   * @param entry with its bindings replaced
   */
  protected final ExpandedSync expanded(A assemblage, AssignedSync entry) {
    var objects = Expansion.of(target(assemblage), entry);
    var metadata = objects.applier().metadata();
    switch (objects.applier()) {
      case Applier.Kustomized _ -> metadata.setOwnerReferences(List.of(ownerReference(assemblage)));
      // Flux uninstalls for a HelmRelease that goes, whoever deletes it, so that the garbage
      // collector must not.
      case Applier.Released _ ->
          metadata.getAnnotations().put(Expansion.ASSEMBLAGE_KIND, assemblage.getKind());
    }
    return objects;
  }

  /** The reference by which an assemblage owns its Flux objects. */
  private static OwnerReference ownerReference(CustomResource<?, ?> assemblage) {
    return new OwnerReferenceBuilder()
        .withApiVersion(assemblage.getApiVersion())
        .withKind(assemblage.getKind())
        .withName(assemblage.getMetadata().getName())
        .withUid(assemblage.getMetadata().getUid())
        .withController(true)
        .build();
  }

  private static ExpandedSync suspended(ExpandedSync sync) {
    sync.applier().suspended();
    return sync;
  }

  private static SyncKey syncOf(Applier applier) {
    var annotations =
        Objects.requireNonNullElse(applier.metadata().getAnnotations(), Map.<String, String>of());
    return new SyncKey(
        Objects.requireNonNullElse(annotations.get(Expansion.ORIGIN), ""),
        Objects.requireNonNullElse(annotations.get(Expansion.SYNC), ""));
  }

  private static @Nullable String applied(@Nullable SyncStatus previous) {
    return previous == null ? null : previous.appliedRevision();
  }

  private static @Nullable SyncStatus previous(
      CustomResource<?, AssemblageStatus> assemblage, SyncKey key) {
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
  private @Nullable Duration report(A assemblage, List<SyncStatus> syncs, Context<A> context) {
    var now = clock.instant();
    var metadata = assemblage.getMetadata();
    var key = ObjectKey.of(assemblage);
    var status = AssemblageReport.of(metadata.getGeneration(), syncs, assemblage.getStatus(), now);
    if (status.equals(assemblage.getStatus())) {
      heldBack.forget(key);
      return null;
    }
    if (!AssemblageReport.isUrgent(assemblage.getStatus(), status)) {
      var since = heldBack.holds(key, List.of(metadata.getUid()), now);
      var news = Objects.requireNonNull(since.get(metadata.getUid())).plus(UPDATING_IS_NEWS_AFTER);
      if (now.isBefore(news)) {
        return Duration.between(now, news);
      }
    }
    var rest = reports.rest(key);
    if (!rest.isZero()) {
      return rest;
    }
    heldBack.forget(key);
    logConclusions(assemblage, syncs);
    var patch = blank();
    patch.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(metadata.getNamespace())
            .withName(metadata.getName())
            .withUid(metadata.getUid())
            .build());
    patch.setStatus(status);
    var apply = new ServerSideApply(client, context.getControllerConfiguration().fieldManager());
    reports.writing(
        key,
        () ->
            PrimaryUpdateAndCacheUtils.updateAndCacheResource(
                assemblage, context, seen -> patch, applied -> overAnyVersion(apply, applied)));
    return null;
  }

  /**
   * A status says which generation it is of, so it need not be worked out again whenever an entry
   * was written meanwhile. Only an object that was made again is another one.
   */
  private A overAnyVersion(ServerSideApply apply, A patch) {
    patch.getMetadata().setResourceVersion(null);
    return apply.applyStatus(patch);
  }

  private static void logConclusions(
      CustomResource<?, AssemblageStatus> assemblage, List<SyncStatus> syncs) {
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
            .addKeyValue(assemblage.getSingular(), ObjectKey.of(assemblage))
            .addKeyValue("sync", sync.key())
            .addKeyValue("revision", sync.revision())
            .addKeyValue("reason", sync.reason())
            .addKeyValue("applied", sync.appliedRevision())
            .log(sync.state() == SyncState.SUCCEEDED ? "succeeded" : "failed: " + sync.message());
      }
    }
  }
}
