package dev.tranche.controlplane.module;

import dev.tranche.assemblage.binding.Resolution;
import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.assignment.AssemblageView;
import dev.tranche.controlplane.assignment.Assemblages;
import dev.tranche.controlplane.assignment.AssignmentWriter;
import dev.tranche.controlplane.assignment.Place;
import dev.tranche.controlplane.assignment.SubstituteSecrets;
import dev.tranche.controlplane.cluster.ClusterView;
import dev.tranche.controlplane.cluster.Clusters;
import dev.tranche.controlplane.cluster.KubeconfigState;
import dev.tranche.controlplane.history.ModuleContent;
import dev.tranche.controlplane.history.ModuleHistory;
import dev.tranche.controlplane.rollout.ModulePolicy;
import dev.tranche.controlplane.rollout.RolloutRecord;
import dev.tranche.controlplane.source.VersionedSource;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.RolloutApproval;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.rollout.Approval;
import dev.tranche.rollout.ClusterFacts;
import dev.tranche.rollout.Reason;
import dev.tranche.rollout.ReasonCode;
import dev.tranche.rollout.RolloutState;
import dev.tranche.rollout.Standing;
import dev.tranche.rollout.Target;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Gathers what a decision about a module rests on, from caches alone. */
final class ModuleFleet {
  private final Clusters clusters;
  private final Assemblages assemblages;
  private final KnownModules modules;
  private final ObjectCache<RolloutApproval> approvals;
  private final ModuleHistory history;
  private final ModuleMemories memories;
  private final AssignmentWriter assignments;
  private final SubstituteSecrets secrets;
  private final ModuleSources sources;
  private final ModuleChecks checks;
  private final KubernetesSerialization serialization;

  ModuleFleet(
      Clusters clusters,
      Assemblages assemblages,
      KnownModules modules,
      ObjectCache<RolloutApproval> approvals,
      ModuleHistory history,
      ModuleMemories memories,
      AssignmentWriter assignments,
      SubstituteSecrets secrets,
      ModuleSources sources,
      ModuleChecks checks,
      KubernetesSerialization serialization) {
    this.clusters = clusters;
    this.assemblages = assemblages;
    this.modules = modules;
    this.approvals = approvals;
    this.history = history;
    this.memories = memories;
    this.assignments = assignments;
    this.secrets = secrets;
    this.sources = sources;
    this.checks = checks;
    this.serialization = serialization;
  }

  /**
   * What is known at one moment.
   *
   * @param state what the planner decides on
   * @param content what the module is to run
   * @param source what is known of what it declares
   * @param pinned the revisions of its history that clusters are pinned to
   * @param unresolvable why it cannot be worked out what a cluster should run, by cluster
   * @param holdings what each selected cluster has of the module; none of a cluster that has
   *     nothing
   * @param departed clusters that are no longer selected, and what they still have of the module
   * @param secrets the names of the Secrets that revisions of the module need on clusters
   * @param problem what only an edit of the module puts right; null where there is nothing
   */
  record Snapshot(
      RolloutState state,
      ModuleContent content,
      SourceReport source,
      Set<String> pinned,
      Map<String, Resolution.Unresolvable> unresolvable,
      Map<String, Holdings> holdings,
      List<Holdings> departed,
      Set<String> secrets,
      @Nullable Reason problem,
      Contents contents) {

    Holdings holdings(String cluster) {
      return holdings.getOrDefault(cluster, Holdings.NOTHING);
    }
  }

  /** What the revisions that a cluster may be assigned stand for. */
  @FunctionalInterface
  interface Contents {
    /** Null where the revision is none that the cluster may be assigned. */
    Handover.@Nullable Assignable find(String cluster, String revision);
  }

  /** How many clusters a module selects. */
  int selected(FleetModule module) {
    var selector = module.getSpec().selector();
    return selector == null
        ? 0
        : (int)
            clusters
                .inNamespace(module.getMetadata().getNamespace())
                .filter(cluster -> !cluster.deleting() && selector.matches(cluster.labels()))
                .count();
  }

  /** What the clusters have of a module that it selects and that can take part, by their names. */
  Map<String, Holdings> holdings(FleetModule module) {
    var selector = module.getSpec().selector();
    var key = keyOf(module);
    return selector == null
        ? Map.of()
        : clusters
            .inNamespace(module.getMetadata().getNamespace())
            .filter(cluster -> !cluster.deleting() && selector.matches(cluster.labels()))
            .filter(cluster -> !(standing(cluster) instanceof Standing.NotReady))
            .collect(
                Collectors.toMap(
                    cluster -> cluster.key().name(),
                    cluster ->
                        lookup(cluster.key()).find(key, module.getSpec().deliveryOrDefault())));
  }

  /**
   * What is known of a module and its clusters.
   *
   * @param content what is to run
   * @param source what is known of what it declares
   */
  Snapshot of(FleetModule module, ModuleContent content, SourceReport source, Instant now) {
    var key = keyOf(module);
    var memory = memories.of(module);
    var stableRevision = module.getStatus() == null ? null : module.getStatus().stableRevision();
    var stable = stableRevision == null ? null : find(module, content, stableRevision);
    var pins = new ModulePins(module, word -> find(module, content, word));
    var dependencies = modules.dependencies(module);
    var holds = new Holds(modules.bootstrapsBefore(module), dependencies, new Declared());
    var policy = ModulePolicy.of(module.getSpec());
    var contents = new ArrayList<ModuleContent>(pins.contents());
    contents.add(content);
    if (stable != null) {
      contents.add(stable);
    }
    memory.keep(revisions(contents));
    boolean perCluster = new VersionedSource(content.sync().source()).mentionsBindings();
    BiFunction<ModuleContent, String, Resolution> resolve =
        (any, cluster) -> sources.exact(module, any.delivery(), memory.resolve(any, cluster));
    Contents found = (cluster, revision) -> find(contents, resolve, key, cluster, revision);
    var facts = new ArrayList<ClusterFacts>();
    var unresolvable = new LinkedHashMap<String, Resolution.Unresolvable>();
    var held = new HashMap<String, Holdings>();
    var departed = new ArrayList<Holdings>();
    var selector = module.getSpec().selector();
    clusters
        .inNamespace(module.getMetadata().getNamespace())
        .filter(cluster -> !cluster.deleting())
        .sorted(Comparator.comparing(cluster -> cluster.key().name()))
        .forEach(cluster -> {
          var lookup = lookup(cluster.key());
          var holdings = lookup.find(key, content.delivery()).without(memory::isOvertaken);
          var entry = holdings.entry();
          if (selector == null || !selector.matches(cluster.labels())) {
            if (!cluster.paused() && entry != null) {
              departed.add(holdings);
            }
            return;
          }
          var name = cluster.key().name();
          if (entry != null) {
            held.put(name, holdings);
            if (perCluster) {
              sources.assigned(module, entry.source());
            }
          }
          var resolution = resolve.apply(content, name);
          if (resolution instanceof Resolution.Unresolvable trouble) {
            unresolvable.put(name, trouble);
          }
          var standing = standing(cluster);
          if (standing instanceof Standing.Unreachable) {
            memory.away(name);
          }
          facts.add(
              new ClusterFacts(
                  name,
                  cluster.labels(),
                  standing,
                  holds.of(cluster, holdings, content.delivery(), lookup),
                  pins.of(name, cluster.labels(), pinned -> target(resolve.apply(pinned, name))),
                  target(resolution),
                  stableRevision == null
                      ? null
                      : stable == null
                          ? new Target.Unresolvable(
                              new Reason(
                                  "RevisionNotFound",
                                  "the history has no revision " + stableRevision))
                          : target(resolve.apply(stable, name)),
                  entry == null ? null : entry.revision(),
                  holdings.assigned() != null
                      && isTampered(cluster, holdings.assigned(), found, memory),
                  Observations.observed(
                      holdings.status(),
                      memory.backSince(name, now),
                      Handover.unfinished(holdings, cluster.paused())),
                  entry == null
                      ? null
                      : Observations.since(name, entry.revision(), holdings, memory, now)));
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
        source,
        revisions(pins.contents()),
        unresolvable,
        held,
        departed,
        contents.stream()
            .filter(memory::readsSecrets)
            .flatMap(
                c -> facts.stream().flatMap(cluster -> memory.secret(c, cluster.name()).stream()))
            .collect(Collectors.toSet()),
        policy.problem() != null ? policy.problem() : dependencies.circle(),
        found);
  }

  private Holds.Lookup lookup(ObjectKey cluster) {
    var remote = assemblage(new Place(Delivery.REMOTE, cluster));
    var proxy = assemblage(new Place(Delivery.PROXY, cluster));
    return (key, declared) -> Holdings.of(remote, proxy, key, declared);
  }

  private @Nullable AssemblageView assemblage(Place place) {
    return assemblages.find(place).filter(assemblage -> !assemblage.deleting()).orElse(null);
  }

  void forget(FleetModule module) {
    sources.forget(module);
    memories.forget(module);
  }

  static SyncKey keyOf(FleetModule module) {
    return new SyncKey(module.getKind(), module.getMetadata().getName());
  }

  private @Nullable ModuleContent find(FleetModule module, ModuleContent declared, String word) {
    return word.equals(declared.revision()) ? declared : history.find(module, word).orElse(null);
  }

  private static Handover.@Nullable Assignable find(
      List<ModuleContent> contents,
      BiFunction<ModuleContent, String, Resolution> resolve,
      SyncKey key,
      String cluster,
      String revision) {
    for (var content : contents) {
      if (resolve.apply(content, cluster) instanceof Resolution.Resolved resolved
          && resolved.revision().equals(revision)) {
        return new Handover.Assignable(
            content.delivery(),
            new AssignedSync(
                key.origin(),
                key.name(),
                revision,
                resolved.sync().source(),
                resolved.sync().syncPackage(),
                resolved.sync().bindings(),
                null),
            resolved.secret());
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

  /** What modules declare at this moment. */
  private final class Declared implements Holds.Wanted {
    /** A cluster that somebody pinned has what it is to have, whatever the module declares. */
    @Override
    public boolean isWanted(FleetModule module, String cluster, String revision) {
      return ModulePins.any(module)
          || sources
              .known(module)
              .map(content ->
                  sources.exact(
                      module, content.delivery(), memories.of(module).resolve(content, cluster)))
              .filter(Resolution.Resolved.class::isInstance)
              .map(Resolution.Resolved.class::cast)
              .filter(resolved -> resolved.revision().equals(revision))
              .isPresent();
    }
  }

  /** Whether an entry is not as we wrote it. */
  private boolean isTampered(
      ClusterView cluster, Holding holding, Contents contents, ModuleMemory memory) {
    var name = cluster.key().name();
    var metadata = holding.assemblage().metadata();
    var entry = holding.entry();
    if (lacksSecret(cluster, entry, contents)) {
      return true;
    }
    var seen =
        new ModuleMemory.Verified(metadata.getUid(), metadata.getGeneration(), entry.revision());
    if (!memory.isVerified(name, seen)) {
      var written = contents.find(name, entry.revision());
      if (written == null) {
        return false;
      }
      // Whether it is marked to leave is not for the planner to know.
      if (written.delivery() != holding.place().delivery()
          || !assignments.same(Holding.with(entry, null), written.sync())) {
        return true;
      }
      memory.verify(name, seen);
    }
    return !AssignmentWriter.framed(holding.assemblage(), cluster);
  }

  private boolean lacksSecret(ClusterView cluster, AssignedSync entry, Contents contents) {
    if (UnusedSecrets.secretsOf(entry).findAny().isEmpty()) {
      return false;
    }
    var written = contents.find(cluster.key().name(), entry.revision());
    return written != null
        && written.secret() != null
        && !secrets.exists(new ObjectKey(cluster.key().namespace(), written.secret().name()));
  }
}
