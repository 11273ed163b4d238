package dev.tranche.controlplane.proxyassemblage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.assemblage.status.AssemblageReport;
import dev.tranche.assemblage.status.Conditions;
import dev.tranche.assemblage.status.SyncObservation;
import dev.tranche.controlplane.cluster.AssemblageAccess;
import dev.tranche.controlplane.cluster.Reachability;
import dev.tranche.controlplane.connection.Observed;
import dev.tranche.controlplane.proxyassemblage.ProxiedCluster.View;
import dev.tranche.crd.v1alpha1.Assemblage;
import dev.tranche.crd.v1alpha1.AssemblageStatus;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.ProxyAssemblage;
import dev.tranche.crd.v1alpha1.ProxyAssemblageStatus;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What can be said of a ProxyAssemblage: what its Assemblage says of the very entries that are
 * desired, and how the cluster is reached.
 */
final class MirroredStatus {
  static final String CONNECTED = "Connected";
  private static final String UNREACHABLE = "Unreachable";

  private final KubernetesSerialization serialization;

  MirroredStatus(KubernetesSerialization serialization) {
    this.serialization = serialization;
  }

  /**
   * The status.
   *
   * @param wanted the Assemblage that is desired
   * @return equal to that which the ProxyAssemblage has where nothing changed that is to be written
   */
  ProxyAssemblageStatus of(
      ProxyAssemblage proxy,
      Assemblage wanted,
      AssemblageAccess.State access,
      View view,
      Instant now) {
    var previous = proxy.getStatus();
    var before = previous == null ? null : asAssemblageStatus(previous);
    var known = byKey(before);
    var syncs = syncs(wanted, access, view, known, now);
    long generation = proxy.getMetadata().getGeneration();
    var report = AssemblageReport.of(generation, syncs, before, now);
    var status =
        new ProxyAssemblageStatus(
            generation,
            report.summary(),
            report.applied(),
            lastContact(previous, view),
            targetNamespace(previous, wanted, view),
            report.syncs(),
            conditions(generation, access, view, report, previous, now));
    return status.equals(previous) || view.lastContact() == null
        ? status
        : withLastContact(status, view);
  }

  private List<SyncStatus> syncs(
      Assemblage wanted,
      AssemblageAccess.State access,
      View view,
      Map<SyncKey, SyncStatus> known,
      Instant now) {
    var remote = ours(view);
    var reported = remote == null ? Map.<SyncKey, SyncStatus>of() : byKey(remote.getStatus());
    var entries =
        remote == null
            ? Map.<SyncKey, JsonNode>of()
            : ProxiedCluster.entries(serialization, remote);
    boolean current =
        remote != null
            && remote.getStatus() != null
            && Objects.equals(
                remote.getMetadata().getGeneration(), remote.getStatus().observedGeneration());
    boolean isSeen = isSeen(access, view);
    var syncs = new LinkedHashMap<SyncKey, SyncStatus>();
    for (var sync : wanted.getSpec().syncs()) {
      var before = known.get(sync.key());
      var report = reported.get(sync.key());
      var obstacle = obstacle(sync, access, view, before);
      if (obstacle != null) {
        syncs.put(
            sync.key(), obstacle.status(sync.key(), sync.revision(), policy(before), before, now));
      } else if (!isSeen) {
        syncs.put(sync.key(), before != null ? before : unseen(sync, view, now));
      } else if (current
          && report != null
          && sync.revision().equals(report.revision())
          && ProxiedCluster.isThere(serialization, sync, entries.get(sync.key()))) {
        syncs.put(sync.key(), report);
      } else {
        syncs.put(
            sync.key(),
            new SyncObservation(
                    SyncState.UPDATING,
                    "NotSeenYet",
                    "the agent in the cluster has not looked at this revision yet",
                    before == null ? null : before.appliedRevision())
                .status(sync.key(), sync.revision(), policy(before), before, now));
      }
    }
    if (isSeen) {
      reported.forEach(syncs::putIfAbsent);
      entries.keySet().stream()
          .filter(key -> known.containsKey(key) && !syncs.containsKey(key))
          .forEach(key -> syncs.put(key, known.get(key)));
    } else {
      known.forEach(syncs::putIfAbsent);
    }
    return List.copyOf(syncs.values());
  }

  /** Until the agent says otherwise, what it said before. */
  private static @Nullable DeletionPolicy policy(@Nullable SyncStatus before) {
    return before == null ? null : before.deletionPolicy();
  }

  /** Whether what is seen of the cluster is of now. */
  private static boolean isSeen(AssemblageAccess.State access, View view) {
    return (access instanceof AssemblageAccess.Open || access instanceof AssemblageAccess.Paused)
        && view.reachability() instanceof Reachability.Reached
        && !(view.assemblage() instanceof Observed.NotYet)
        && !(view.outcome() instanceof Outcome.Failed(var _, var _, var unanswered) && unanswered);
  }

  private static SyncStatus unseen(AssignedSync sync, View view, Instant now) {
    var message =
        switch (view.reachability()) {
          case Reachability.Unreachable unreachable -> unreachable.sentence();
          case Reachability.Unknown() -> "the cluster is being connected";
          case Reachability.Reached() -> "the cluster is being asked";
        };
    return SyncObservation.waiting(
            view.reachability() instanceof Reachability.Unreachable ? UNREACHABLE : "Connecting",
            message,
            null)
        .status(sync.key(), sync.revision(), null, null, now);
  }

  private static @Nullable SyncObservation obstacle(
      AssignedSync sync, AssemblageAccess.State access, View view, @Nullable SyncStatus previous) {
    return switch (access) {
      case AssemblageAccess.Closed(var reason, var message) ->
          SyncObservation.waiting(reason, message, previous);
      case AssemblageAccess.Refused(var reason, var message) -> failed(reason, message, previous);
      case AssemblageAccess.Paused(var message) ->
          previous == null ? SyncObservation.waiting("ClusterPaused", message, null) : null;
      case AssemblageAccess.Ending() -> null;
      case AssemblageAccess.Open() ->
          switch (view.outcome()) {
            case Outcome.Blocked(var reason, var message, var onlyAnEditHelps) ->
                onlyAnEditHelps
                    ? failed(reason, message, previous)
                    : SyncObservation.waiting(reason, message, previous);
            case Outcome.Done(var troubles) -> {
              var trouble = troubles.get(sync.key());
              yield trouble == null
                  ? null
                  : trouble.waiting()
                      ? SyncObservation.waiting(trouble.reason(), trouble.message(), previous)
                      : failed(trouble.reason(), trouble.message(), previous);
            }
            case Outcome.Failed _, Outcome.Pending _, Outcome.Removed _ -> null;
          };
    };
  }

  private static SyncObservation failed(
      String reason, String message, @Nullable SyncStatus previous) {
    return new SyncObservation(
        SyncState.FAILED, reason, message, previous == null ? null : previous.appliedRevision());
  }

  private static List<Condition> conditions(
      long generation,
      AssemblageAccess.State access,
      View view,
      AssemblageStatus report,
      @Nullable ProxyAssemblageStatus previous,
      Instant now) {
    List<Condition> before = previous == null ? List.of() : previous.conditions();
    var conditions = Conditions.after(before, generation, now);
    switch (access) {
      case AssemblageAccess.Closed(var reason, var message) ->
          conditions.isFalse(CONNECTED, reason, message);
      case AssemblageAccess.Refused(var reason, var message) ->
          conditions.isFalse(CONNECTED, reason, message);
      case AssemblageAccess.Open(), AssemblageAccess.Paused _, AssemblageAccess.Ending() -> {
        switch (view.reachability()) {
          case Reachability.Reached() ->
              conditions.isTrue(CONNECTED, "Connected", "its API server answers");
          case Reachability.Unreachable unreachable ->
              conditions.isFalse(CONNECTED, unreachable.reason(), unreachable.sentence());
          case Reachability.Unknown() -> {
            var known = Conditions.find(before, CONNECTED);
            if (known == null) {
              conditions.isUnknown(CONNECTED, "Connecting", "the cluster is being connected");
            } else if ("True".equals(known.getStatus())) {
              conditions.isTrue(CONNECTED, known.getReason(), known.getMessage());
            } else if ("False".equals(known.getStatus())) {
              conditions.isFalse(CONNECTED, known.getReason(), known.getMessage());
            } else {
              conditions.isUnknown(CONNECTED, known.getReason(), known.getMessage());
            }
          }
        }
      }
    }
    var all = new ArrayList<>(conditions.list());
    all.addAll(others(generation, access, view, report, before, now));
    return all;
  }

  private static List<Condition> others(
      long generation,
      AssemblageAccess.State access,
      View view,
      AssemblageStatus report,
      List<Condition> before,
      Instant now) {
    var conditions = Conditions.after(before, generation, now);
    boolean open = access instanceof AssemblageAccess.Open;
    if (open && view.reachability() instanceof Reachability.Unreachable unreachable) {
      return conditions
          .isUnknown(Conditions.READY, UNREACHABLE, unreachable.sentence())
          .isTrue(Conditions.RECONCILING, UNREACHABLE, "it is tried again all the time")
          .list();
    }
    if (open
        && view.outcome() instanceof Outcome.Blocked(var reason, var message, var onlyAnEdit)) {
      conditions.isFalse(Conditions.READY, reason, message);
      return (onlyAnEdit
              ? conditions.isTrue(Conditions.STALLED, reason, message)
              : conditions.isTrue(Conditions.RECONCILING, reason, message))
          .list();
    }
    if (open
        && view.outcome() instanceof Outcome.Failed(var reason, var message, var unanswered)
        && !unanswered) {
      return conditions
          .isFalse(Conditions.READY, reason, "the Assemblage cannot be written: " + message)
          .isTrue(Conditions.RECONCILING, reason, "it is tried again")
          .list();
    }
    return report.conditions();
  }

  private static @Nullable String lastContact(@Nullable ProxyAssemblageStatus previous, View view) {
    // While it is reached this moves on all the time, and is no reason to write.
    return view.reachability() instanceof Reachability.Unreachable(var last, var _, var _)
            && last != null
        ? last.toString()
        : previous == null ? null : previous.lastContact();
  }

  private static ProxyAssemblageStatus withLastContact(ProxyAssemblageStatus status, View view) {
    return new ProxyAssemblageStatus(
        status.observedGeneration(),
        status.summary(),
        status.applied(),
        Objects.requireNonNull(view.lastContact()).truncatedTo(ChronoUnit.SECONDS).toString(),
        status.targetNamespace(),
        status.syncs(),
        status.conditions());
  }

  /** It moves on only when nothing is left in the former one. */
  private static @Nullable String targetNamespace(
      @Nullable ProxyAssemblageStatus previous, Assemblage wanted, View view) {
    boolean settled = view.outcome() instanceof Outcome.Done && ours(view) != null;
    return settled
        ? wanted.getMetadata().getNamespace()
        : previous == null ? null : previous.targetNamespace();
  }

  /** The Assemblage where it was seen, and is not somebody else's. */
  private static @Nullable Assemblage ours(View view) {
    return view.assemblage() instanceof Observed.Present<Assemblage>(var assemblage)
            && !(view.outcome() instanceof Outcome.Blocked)
        ? assemblage
        : null;
  }

  private static Map<SyncKey, SyncStatus> byKey(@Nullable AssemblageStatus status) {
    return status == null
        ? Map.of()
        : status.syncs().stream()
            .collect(
                Collectors.toMap(
                    SyncStatus::key, Function.identity(), (a, b) -> b, LinkedHashMap::new));
  }

  /** What every assemblage reports, without what is particular to this kind. */
  static AssemblageStatus asAssemblageStatus(ProxyAssemblageStatus status) {
    return new AssemblageStatus(
        status.observedGeneration(),
        status.summary(),
        status.applied(),
        status.syncs(),
        status.conditions());
  }
}
