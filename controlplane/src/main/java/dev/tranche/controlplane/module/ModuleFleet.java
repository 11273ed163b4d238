package dev.tranche.controlplane.module;

import dev.tranche.assemblage.binding.Resolution;
import dev.tranche.controlplane.assignment.AssignmentWriter;
import dev.tranche.controlplane.cluster.ClusterView;
import dev.tranche.controlplane.cluster.Clusters;
import dev.tranche.controlplane.cluster.KubeconfigState;
import dev.tranche.controlplane.hub.ObjectCache;
import dev.tranche.controlplane.hub.ObjectKey;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.BootstrapModule;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.crd.v1alpha1.RemoteAssemblageStatus;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.crd.v1alpha1.SyncStatus;
import dev.tranche.rollout.ClusterFacts;
import dev.tranche.rollout.Observation;
import dev.tranche.rollout.Reason;
import dev.tranche.rollout.RolloutState;
import dev.tranche.rollout.Standing;
import dev.tranche.rollout.Target;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Gathers what a decision about a module rests on, from caches alone. */
final class ModuleFleet {
  private static final String PAUSED =
      "its Cluster is paused; nothing is changed there until it is resumed";

  private final Clusters clusters;
  private final ObjectCache<RemoteAssemblage> assemblages;
  private final ObjectCache<BootstrapModule> bootstrapModules;
  private final ReferencedObjects references;
  private final AssignmentWriter assignments;
  private final Map<String, ModuleMemory> memories = new ConcurrentHashMap<>();

  ModuleFleet(
      Clusters clusters,
      ObjectCache<RemoteAssemblage> assemblages,
      ObjectCache<BootstrapModule> bootstrapModules,
      ReferencedObjects references,
      AssignmentWriter assignments) {
    this.clusters = clusters;
    this.assemblages = assemblages;
    this.bootstrapModules = bootstrapModules;
    this.references = references;
    this.assignments = assignments;
  }

  /**
   * What is known at one moment.
   *
   * @param state what the planner decides on
   * @param wanted what each selected cluster should run, where that can be worked out
   * @param departed clusters that are no longer selected and still have the module
   */
  record Snapshot(
      RolloutState state,
      Map<String, AssignedSync> wanted,
      Map<String, Resolution.Unresolvable> unresolvable,
      List<ObjectKey> departed) {}

  Snapshot of(FleetModule module) {
    var key = keyOf(module);
    var memory = memoryOf(module);
    var bootstraps = bootstrapsBefore(module);
    var facts = new ArrayList<ClusterFacts>();
    var wanted = new LinkedHashMap<String, AssignedSync>();
    var unresolvable = new LinkedHashMap<String, Resolution.Unresolvable>();
    var departed = new ArrayList<ObjectKey>();
    var selector = module.getSpec().selector();
    clusters
        .inNamespace(module.getMetadata().getNamespace())
        .filter(cluster -> !cluster.deleting())
        .sorted(Comparator.comparing(cluster -> cluster.key().name()))
        .forEach(cluster -> {
          var assemblage =
              assemblages
                  .find(cluster.key())
                  .filter(a -> a.getMetadata().getDeletionTimestamp() == null);
          if (selector == null || !selector.matches(cluster.labels())) {
            if (!cluster.paused() && assemblage.map(a -> entry(a, key)).isPresent()) {
              departed.add(cluster.key());
            }
            return;
          }
          var name = cluster.key().name();
          var target =
              switch (memory.resolve(name)) {
                case Resolution.Resolved resolved -> {
                  wanted.put(
                      name,
                      new AssignedSync(
                          key.origin(),
                          key.name(),
                          resolved.revision(),
                          resolved.sync().source(),
                          resolved.sync().syncPackage()));
                  yield new Target.Revision(resolved.revision());
                }
                case Resolution.Unresolvable trouble -> {
                  unresolvable.put(name, trouble);
                  yield new Target.Unresolvable(
                      new Reason(trouble.reason().toString(), trouble.message()));
                }
              };
          facts.add(
              new ClusterFacts(
                  name,
                  standing(cluster),
                  hold(cluster, assemblage, key, bootstraps),
                  target,
                  assemblage
                      .map(a -> assigned(cluster, a, key, wanted.get(name), memory))
                      .orElse(null),
                  assemblage.map(a -> observed(a, key)).orElse(null)));
        });
    return new Snapshot(
        new RolloutState(module.getSpec().suspended(), facts), wanted, unresolvable, departed);
  }

  /** The assemblages that have something of a module, be it only in their status. */
  Stream<RemoteAssemblage> holders(FleetModule module) {
    var key = keyOf(module);
    return assemblages.inNamespace(module.getMetadata().getNamespace()).stream()
        .map(assemblage -> assemblages.find(ObjectKey.of(assemblage)).orElse(assemblage))
        .filter(assemblage -> holds(assemblage, key));
  }

  static boolean holds(RemoteAssemblage assemblage, SyncKey key) {
    return entry(assemblage, key) != null || status(assemblage, key) != null;
  }

  /** Why a holder still has something of a module that is being deleted. */
  String waitsFor(FleetModule module, RemoteAssemblage holder) {
    if (clusters.find(ObjectKey.of(holder)).filter(ClusterView::paused).isPresent()) {
      return PAUSED;
    }
    return Optional.ofNullable(status(holder, keyOf(module)))
        .filter(status -> "Withdrawing".equals(status.reason()))
        .map(SyncStatus::message)
        .orElse("not withdrawn yet");
  }

  void forget(FleetModule module) {
    memories.remove(module.getMetadata().getUid());
  }

  static SyncKey keyOf(FleetModule module) {
    return new SyncKey(module.getKind(), module.getMetadata().getName());
  }

  private ModuleMemory memoryOf(FleetModule module) {
    return Objects.requireNonNull(
        memories.compute(
            module.getMetadata().getUid(),
            (uid, before) ->
                before != null && before.isOf(module)
                    ? before
                    : new ModuleMemory(module, references)));
  }

  /** The BootstrapModules that a cluster must have before its first assignment of this module. */
  private List<BootstrapModule> bootstrapsBefore(FleetModule module) {
    return module instanceof BootstrapModule
        ? List.of()
        : bootstrapModules.inNamespace(module.getMetadata().getNamespace()).stream()
            .filter(bootstrap -> bootstrap.getMetadata().getDeletionTimestamp() == null)
            .sorted(Comparator.comparing(bootstrap -> bootstrap.getMetadata().getName()))
            .toList();
  }

  private static Standing standing(ClusterView cluster) {
    if (!cluster.initialized()) {
      return new Standing.NotReady(
          new Reason(
              "ControlPlaneNotInitialized",
              "Cluster API does not say yet that its control plane is initialised"));
    }
    if (cluster.kubeconfig() instanceof KubeconfigState.Absent) {
      return new Standing.NotReady(
          new Reason(
              "KubeconfigMissing",
              "there is no Secret %s with a kubeconfig yet".formatted(cluster.kubeconfigSecret())));
    }
    if (cluster.unreachable() != null) {
      return new Standing.Unreachable(
          new Reason(
              "RemoteConnectionProbeFailed",
              "Cluster API cannot reach it: " + cluster.unreachable()));
    }
    return new Standing.Participating();
  }

  private static @Nullable Reason hold(
      ClusterView cluster,
      Optional<RemoteAssemblage> assemblage,
      SyncKey key,
      List<BootstrapModule> bootstraps) {
    if (cluster.paused()) {
      return new Reason("ClusterPaused", PAUSED);
    }
    if (assemblage.map(a -> entry(a, key)).isEmpty()) {
      for (var bootstrap : bootstraps) {
        var selector = bootstrap.getSpec().selector();
        if (selector != null
            && selector.matches(cluster.labels())
            && assemblage
                .map(a -> status(a, keyOf(bootstrap)))
                .map(SyncStatus::appliedRevision)
                .isEmpty()) {
          return new Reason(
              "WaitingForBootstrap",
              "BootstrapModule %s was not applied there yet"
                  .formatted(bootstrap.getMetadata().getName()));
        }
      }
    }
    return null;
  }

  /**
   * The revision that is assigned, or a word that is none where the entry is not as we wrote it.
   */
  private @Nullable String assigned(
      ClusterView cluster,
      RemoteAssemblage assemblage,
      SyncKey key,
      @Nullable AssignedSync wanted,
      ModuleMemory memory) {
    var entry = entry(assemblage, key);
    if (entry == null) {
      return null;
    }
    if (wanted == null || !entry.revision().equals(wanted.revision())) {
      return entry.revision();
    }
    var metadata = assemblage.getMetadata();
    var seen =
        new ModuleMemory.Verified(metadata.getUid(), metadata.getGeneration(), wanted.revision());
    var name = cluster.key().name();
    if (!memory.isVerified(name, seen)) {
      if (!assignments.same(entry, wanted)) {
        return "edited";
      }
      memory.verify(name, seen);
    }
    return AssignmentWriter.framed(assemblage, cluster) ? entry.revision() : "edited";
  }

  private static @Nullable Observation observed(RemoteAssemblage assemblage, SyncKey key) {
    var status = status(assemblage, key);
    if (status == null || status.revision() == null || status.state() == null) {
      return null;
    }
    var outcome =
        switch (status.state()) {
          case SUCCEEDED -> Observation.Outcome.SUCCEEDED;
          case FAILED -> Observation.Outcome.FAILED;
          case UPDATING, WAITING -> Observation.Outcome.UPDATING;
        };
    return new Observation(
        status.revision(),
        outcome,
        new Reason(
            Objects.requireNonNullElse(status.reason(), "Unknown"),
            Objects.requireNonNullElse(status.message(), "")));
  }

  private static @Nullable AssignedSync entry(RemoteAssemblage assemblage, SyncKey key) {
    return assemblage.getSpec().syncs().stream()
        .filter(sync -> sync.key().equals(key))
        .findFirst()
        .orElse(null);
  }

  private static @Nullable SyncStatus status(RemoteAssemblage assemblage, SyncKey key) {
    RemoteAssemblageStatus status = assemblage.getStatus();
    return status == null
        ? null
        : status.syncs().stream().filter(sync -> sync.key().equals(key)).findFirst().orElse(null);
  }
}
