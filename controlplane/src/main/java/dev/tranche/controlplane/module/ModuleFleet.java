package dev.tranche.controlplane.module;

import dev.tranche.assemblage.binding.Resolution;
import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.assignment.AssignmentWriter;
import dev.tranche.controlplane.cluster.ClusterView;
import dev.tranche.controlplane.cluster.Clusters;
import dev.tranche.controlplane.cluster.KubeconfigState;
import dev.tranche.controlplane.history.ModuleContent;
import dev.tranche.controlplane.history.ModuleHistory;
import dev.tranche.controlplane.rollout.ModulePolicy;
import dev.tranche.controlplane.rollout.RolloutRecord;
import dev.tranche.crd.v1alpha1.AssemblageStatus;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.BootstrapModule;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.crd.v1alpha1.RolloutApproval;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import dev.tranche.rollout.Approval;
import dev.tranche.rollout.ClusterFacts;
import dev.tranche.rollout.Hold;
import dev.tranche.rollout.Observation;
import dev.tranche.rollout.Reason;
import dev.tranche.rollout.ReasonCode;
import dev.tranche.rollout.RolloutState;
import dev.tranche.rollout.Standing;
import dev.tranche.rollout.Target;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Gathers what a decision about a module rests on, from caches alone. */
final class ModuleFleet {
  private static final String PAUSED =
      "its Cluster is paused; nothing is changed there until it is resumed";

  private final Clusters clusters;
  private final ObjectCache<RemoteAssemblage> assemblages;
  private final KnownModules modules;
  private final ObjectCache<RolloutApproval> approvals;
  private final ModuleHistory history;
  private final ReferencedObjects references;
  private final AssignmentWriter assignments;
  private final ModuleChecks checks;
  private final KubernetesSerialization serialization;
  private final Map<String, ModuleMemory> memories = new ConcurrentHashMap<>();

  ModuleFleet(
      Clusters clusters,
      ObjectCache<RemoteAssemblage> assemblages,
      KnownModules modules,
      ObjectCache<RolloutApproval> approvals,
      ModuleHistory history,
      ReferencedObjects references,
      AssignmentWriter assignments,
      ModuleChecks checks,
      KubernetesSerialization serialization) {
    this.clusters = clusters;
    this.assemblages = assemblages;
    this.modules = modules;
    this.approvals = approvals;
    this.history = history;
    this.references = references;
    this.assignments = assignments;
    this.checks = checks;
    this.serialization = serialization;
  }

  /**
   * What is known at one moment.
   *
   * @param state what the planner decides on
   * @param content what the module declares
   * @param pinned the revisions of its history that clusters are pinned to
   * @param unresolvable why it cannot be worked out what a cluster should run, by cluster
   * @param departed clusters that are no longer selected and still have the module
   * @param problem what only an edit of the module puts right; null where there is nothing
   */
  record Snapshot(
      RolloutState state,
      ModuleContent content,
      Set<String> pinned,
      Map<String, Resolution.Unresolvable> unresolvable,
      List<ObjectKey> departed,
      @Nullable Reason problem,
      Contents contents) {}

  /** What the revisions that a cluster may be assigned stand for. */
  @FunctionalInterface
  interface Contents {
    /** Null where the revision is none that the cluster may be assigned. */
    @Nullable AssignedSync find(String cluster, String revision);
  }

  Snapshot of(FleetModule module, Instant now) {
    var key = keyOf(module);
    var memory = memoryOf(module);
    var content = ModuleContent.of(module, serialization);
    var stableRevision = module.getStatus() == null ? null : module.getStatus().stableRevision();
    var stable = stableRevision == null ? null : find(module, content, stableRevision);
    var pins = new ModulePins(module, word -> find(module, content, word));
    var dependencies = modules.dependencies(module);
    var depended = new Depended(dependencies);
    var bootstraps = modules.bootstrapsBefore(module);
    var policy = ModulePolicy.of(module.getSpec());
    var contents = new ArrayList<ModuleContent>(pins.contents());
    contents.add(content);
    if (stable != null) {
      contents.add(stable);
    }
    memory.keep(revisions(contents));
    Contents found = (cluster, revision) -> find(contents, memory, key, cluster, revision);
    var facts = new ArrayList<ClusterFacts>();
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
                  .filter(a -> a.getMetadata().getDeletionTimestamp() == null)
                  .orElse(null);
          var entry = assemblage == null ? null : entry(assemblage, key);
          if (selector == null || !selector.matches(cluster.labels())) {
            if (!cluster.paused() && entry != null) {
              departed.add(cluster.key());
            }
            return;
          }
          var name = cluster.key().name();
          var resolution = memory.resolve(content, name);
          if (resolution instanceof Resolution.Unresolvable trouble) {
            unresolvable.put(name, trouble);
          }
          var standing = standing(cluster);
          if (standing instanceof Standing.Unreachable) {
            memory.away(name);
          }
          var status = assemblage == null ? null : status(assemblage, key);
          facts.add(
              new ClusterFacts(
                  name,
                  cluster.labels(),
                  standing,
                  hold(cluster, assemblage, entry != null, bootstraps, depended),
                  pins.of(name, cluster.labels(), pinned -> target(memory.resolve(pinned, name))),
                  target(resolution),
                  stableRevision == null
                      ? null
                      : stable == null
                          ? new Target.Unresolvable(
                              new Reason(
                                  "RevisionNotFound",
                                  "the history has no revision " + stableRevision))
                          : target(memory.resolve(stable, name)),
                  entry == null ? null : entry.revision(),
                  assemblage != null
                      && entry != null
                      && isTampered(cluster, assemblage, entry, found, memory),
                  observed(status, memory.backSince(name, now)),
                  entry == null ? null : since(name, entry.revision(), status, memory, now)));
        });
    return new Snapshot(
        new RolloutState(
            now,
            module.getSpec().suspended(),
            content.revision(),
            stableRevision,
            policy.policy(),
            facts,
            RolloutRecord.progress(module.getStatus()),
            attempt(module),
            approvals(module),
            checks.answers(module, content.revision())),
        content,
        revisions(pins.contents()),
        unresolvable,
        departed,
        policy.problem() != null ? policy.problem() : dependencies.circle(),
        found);
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
    return memories.computeIfAbsent(
        module.getMetadata().getUid(),
        uid -> new ModuleMemory(module.getMetadata().getNamespace(), references));
  }

  private @Nullable ModuleContent find(FleetModule module, ModuleContent declared, String word) {
    return word.equals(declared.revision()) ? declared : history.find(module, word).orElse(null);
  }

  private static @Nullable AssignedSync find(
      List<ModuleContent> contents,
      ModuleMemory memory,
      SyncKey key,
      String cluster,
      String revision) {
    for (var content : contents) {
      if (memory.resolve(content, cluster) instanceof Resolution.Resolved resolved
          && resolved.revision().equals(revision)) {
        return new AssignedSync(
            key.origin(),
            key.name(),
            revision,
            resolved.sync().source(),
            resolved.sync().syncPackage(),
            resolved.sync().bindings(),
            null);
      }
    }
    return null;
  }

  private static Set<String> revisions(List<ModuleContent> contents) {
    return contents.stream().map(ModuleContent::revision).collect(Collectors.toSet());
  }

  private static Target target(Resolution resolution) {
    return switch (resolution) {
      case Resolution.Resolved resolved -> new Target.Revision(resolved.revision());
      case Resolution.Unresolvable trouble ->
          new Target.Unresolvable(new Reason(trouble.reason().toString(), trouble.message()));
    };
  }

  /** What a person can change to have a rollout tried again that the failure policy stopped. */
  private String attempt(FleetModule module) {
    var rollout = module.getSpec().rollout();
    var failure =
        rollout == null || rollout.failure() == null ? "" : serialization.asJson(rollout.failure());
    var annotations = module.getMetadata().getAnnotations();
    var retry = annotations == null ? "" : annotations.getOrDefault(ModuleControllers.RETRY, "");
    return Integer.toHexString(Objects.hash(failure, retry));
  }

  private Set<Approval> approvals(FleetModule module) {
    return approvals.inNamespace(module.getMetadata().getNamespace()).stream()
        .filter(approval -> approval.getMetadata().getDeletionTimestamp() == null)
        .filter(approval -> KnownModules.isMeant(approval, module))
        .map(approval -> new Approval(approval.getSpec().stage(), approval.getSpec().revision()))
        .collect(Collectors.toSet());
  }

  private static Standing standing(ClusterView cluster) {
    if (!cluster.initialized()) {
      return new Standing.NotReady(
          ReasonCode.CONTROL_PLANE_NOT_INITIALIZED.because(
              "Cluster API does not say yet that its control plane is initialised"));
    }
    if (cluster.kubeconfig() instanceof KubeconfigState.Absent) {
      return new Standing.NotReady(
          ReasonCode.KUBECONFIG_MISSING.because(
              "there is no Secret %s with a kubeconfig yet".formatted(cluster.kubeconfigSecret())));
    }
    var unreachable = cluster.unreachable();
    if (unreachable != null) {
      var reason =
          unreachable.byUs() ? ReasonCode.NO_CONTACT : ReasonCode.REMOTE_CONNECTION_PROBE_FAILED;
      return new Standing.Unreachable(reason.because(unreachable.message()));
    }
    return new Standing.Participating();
  }

  private @Nullable Hold hold(
      ClusterView cluster,
      @Nullable RemoteAssemblage assemblage,
      boolean assignedBefore,
      List<BootstrapModule> bootstraps,
      Depended depended) {
    if (cluster.paused()) {
      return new Hold(ReasonCode.CLUSTER_PAUSED.because(PAUSED), false);
    }
    if (!assignedBefore) {
      for (var bootstrap : bootstraps) {
        var selector = bootstrap.getSpec().selector();
        var status = assemblage == null ? null : status(assemblage, keyOf(bootstrap));
        if (selector != null
            && selector.matches(cluster.labels())
            && (status == null || status.appliedRevision() == null)) {
          return new Hold(
              ReasonCode.WAITING_FOR_BOOTSTRAP.because(
                  "BootstrapModule %s was not applied there yet"
                      .formatted(bootstrap.getMetadata().getName())),
              true);
        }
      }
    }
    var circle = depended.dependencies.circle();
    if (circle != null) {
      return new Hold(circle, true);
    }
    for (var dependency : depended.dependencies.names()) {
      var missing = missing(cluster, assemblage, dependency, depended);
      if (missing != null) {
        return new Hold(ReasonCode.DEPENDENCY_NOT_READY.because(missing), true);
      }
    }
    return null;
  }

  /** Why a module does not count as succeeded on a cluster; null where it does. */
  private @Nullable String missing(
      ClusterView cluster, @Nullable RemoteAssemblage assemblage, String name, Depended depended) {
    var dependency = depended.dependencies.find(name);
    if (dependency == null) {
      return "there is no module %s, on which it depends".formatted(name);
    }
    var selector = dependency.getSpec().selector();
    if (selector == null || !selector.matches(cluster.labels())) {
      return "%s %s, on which it depends, does not select the cluster"
          .formatted(dependency.getKind(), name);
    }
    var key = keyOf(dependency);
    var entry = assemblage == null ? null : entry(assemblage, key);
    var status = assemblage == null ? null : status(assemblage, key);
    if (entry != null
        && status != null
        && entry.revision().equals(status.revision())
        && status.state() == SyncState.SUCCEEDED
        && depended.isWanted(dependency, cluster.key().name(), entry.revision())) {
      return null;
    }
    return "%s %s, on which it depends, has not succeeded there yet"
        .formatted(dependency.getKind(), name);
  }

  /** The modules that one depends on, and what they declare at this moment. */
  private final class Depended {
    private final KnownModules.Dependencies dependencies;
    private final Map<String, ModuleContent> contents = new HashMap<>();

    Depended(KnownModules.Dependencies dependencies) {
      this.dependencies = dependencies;
    }

    /** A cluster that somebody pinned has what it is to have, whatever the module declares. */
    boolean isWanted(FleetModule dependency, String cluster, String revision) {
      var content =
          contents.computeIfAbsent(
              dependency.getMetadata().getName(),
              name -> ModuleContent.of(dependency, serialization));
      return ModulePins.any(dependency)
          || (memoryOf(dependency).resolve(content, cluster) instanceof Resolution.Resolved resolved
              && resolved.revision().equals(revision));
    }
  }

  /** Whether an entry is not as we wrote it. */
  private boolean isTampered(
      ClusterView cluster,
      RemoteAssemblage assemblage,
      AssignedSync entry,
      Contents contents,
      ModuleMemory memory) {
    var name = cluster.key().name();
    var metadata = assemblage.getMetadata();
    var seen =
        new ModuleMemory.Verified(metadata.getUid(), metadata.getGeneration(), entry.revision());
    if (!memory.isVerified(name, seen)) {
      var written = contents.find(name, entry.revision());
      if (written == null) {
        return false;
      }
      if (!assignments.same(entry, written)) {
        return true;
      }
      memory.verify(name, seen);
    }
    return !AssignmentWriter.framed(assemblage, cluster);
  }

  private static @Nullable Observation observed(@Nullable SyncStatus status, Instant backSince) {
    if (status == null || status.revision() == null || status.state() == null) {
      return null;
    }
    var outcome =
        switch (status.state()) {
          case SUCCEEDED -> Observation.Outcome.SUCCEEDED;
          case FAILED ->
              // What failed while nobody could reach it has not been tried since.
              isBefore(status.lastTransitionTime(), backSince)
                  ? Observation.Outcome.UPDATING
                  : Observation.Outcome.FAILED;
          case UPDATING, WAITING -> Observation.Outcome.UPDATING;
        };
    return new Observation(
        status.revision(),
        outcome,
        new Reason(
            Objects.requireNonNullElse(status.reason(), "Unknown"),
            Objects.requireNonNullElse(status.message(), "")));
  }

  /** Null where a cluster works on nothing. */
  private static @Nullable Instant since(
      String cluster,
      String assigned,
      @Nullable SyncStatus status,
      ModuleMemory memory,
      Instant now) {
    if (status == null || !assigned.equals(status.revision())) {
      return memory.since(cluster, assigned, null, now);
    }
    boolean failedWhileAway =
        status.state() == SyncState.FAILED
            && isBefore(status.lastTransitionTime(), memory.backSince(cluster, now));
    if (status.state() == SyncState.SUCCEEDED
        || (status.state() == SyncState.FAILED && !failedWhileAway)) {
      memory.settled(cluster);
      return null;
    }
    return memory.since(cluster, assigned, instant(status.lastTransitionTime()), now);
  }

  private static boolean isBefore(@Nullable String time, Instant instant) {
    var read = instant(time);
    return read != null && read.isBefore(instant);
  }

  private static @Nullable Instant instant(@Nullable String time) {
    try {
      return time == null ? null : Instant.parse(time);
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  private static @Nullable AssignedSync entry(RemoteAssemblage assemblage, SyncKey key) {
    return assemblage.getSpec().syncs().stream()
        .filter(sync -> sync.key().equals(key))
        .findFirst()
        .orElse(null);
  }

  private static @Nullable SyncStatus status(RemoteAssemblage assemblage, SyncKey key) {
    AssemblageStatus status = assemblage.getStatus();
    return status == null
        ? null
        : status.syncs().stream().filter(sync -> sync.key().equals(key)).findFirst().orElse(null);
  }
}
