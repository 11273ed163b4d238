package dev.tranche.controlplane.module;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.applied.Applied;
import dev.tranche.controlplane.applied.AppliedAnswers;
import dev.tranche.controlplane.applied.AppliedState;
import dev.tranche.controlplane.applied.ClusterApplied;
import dev.tranche.controlplane.marker.CommitAnswer;
import dev.tranche.controlplane.marker.CommitQuestion;
import dev.tranche.controlplane.marker.GitHistory;
import dev.tranche.controlplane.marker.MirrorKey;
import dev.tranche.controlplane.source.VersionedSource;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.SyncState;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Says which commits have been applied, from what clusters report and what git knows. */
final class ModuleAnswers implements AppliedAnswers {
  private final KnownModules modules;
  private final ModuleFleet fleet;
  private final ModuleSources sources;
  private final GitHistory history;
  private final ModuleRemotes remotes;

  ModuleAnswers(
      KnownModules modules,
      ModuleFleet fleet,
      ModuleSources sources,
      GitHistory history,
      ModuleRemotes remotes) {
    this.modules = modules;
    this.fleet = fleet;
    this.sources = sources;
    this.history = history;
    this.remotes = remotes;
  }

  @Override
  public Optional<Applied> of(String kind, ObjectKey key, String commit) {
    return Optional.ofNullable(modules.find(kind, key)).map(module -> answer(module, commit));
  }

  private Applied answer(FleetModule module, String commit) {
    var declared = new VersionedSource(module.getSpec().sync().source());
    var running = running(module);
    if (!declared.isGit() || declared.mentionsBindings()) {
      return unknown(
          module,
          commit,
          running,
          declared.isGit()
              ? "the module's source is another one for each cluster"
              : "the module's source is no git repository");
    }
    var marker = marker(module);
    var target =
        sources
            .known(module)
            .map(content -> new VersionedSource(content.sync().source()).revision())
            .orElse(null);
    var revisions =
        Stream.concat(Stream.of(target, marker), running.values().stream().map(Running::commit))
            .filter(Objects::nonNull)
            .collect(Collectors.toSet());
    var answer =
        history.ask(
            mirror(module, declared),
            remotes.of(module),
            new CommitQuestion(commit, path(module), revisions));
    var whole =
        dev.tranche.controlplane.marker.Applied.ofModule(
            answer,
            target,
            marker,
            running.values().stream()
                .map(Running::commit)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet()),
            (int) running.values().stream().filter(r -> r.commit() == null).count());
    return new Applied(
        state(whole.state()),
        whole.commit() == null ? commit : whole.commit(),
        marker,
        whole.message(),
        running.entrySet().stream()
            .map(cluster -> ofCluster(cluster.getKey(), cluster.getValue(), answer, target))
            .toList());
  }

  private static ClusterApplied ofCluster(
      String cluster, Running running, CommitAnswer answer, @Nullable String target) {
    var applied =
        dev.tranche.controlplane.marker.Applied.ofCluster(answer, target, running.commit());
    return new ClusterApplied(
        cluster, state(applied.state()), running.revision(), applied.message());
  }

  private static Applied unknown(
      FleetModule module, String commit, Map<String, Running> running, String message) {
    return new Applied(
        AppliedState.UNKNOWN,
        commit,
        marker(module),
        message,
        running.entrySet().stream()
            .map(cluster ->
                new ClusterApplied(
                    cluster.getKey(), AppliedState.UNKNOWN, cluster.getValue().revision(), message))
            .toList());
  }

  /**
   * What a cluster was last found to run.
   *
   * @param commit null where that is not known
   * @param revision what Flux says; null where it says nothing
   */
  private record Running(@Nullable String commit, @Nullable String revision) {}

  /** Of every cluster that is selected and can take part, or could. */
  private Map<String, Running> running(FleetModule module) {
    return fleet.holdings(module).entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> running(entry.getValue())));
  }

  private static Running running(Holdings holdings) {
    var status = holdings.status();
    if (status == null) {
      return new Running(null, null);
    }
    var entry = holdings.entry();
    if (entry != null
        && status.state() == SyncState.SUCCEEDED
        && entry.revision().equals(status.revision())) {
      var commit = new VersionedSource(entry.source()).revision();
      if (commit != null) {
        return new Running(commit, status.appliedRevision());
      }
    }
    return new Running(commit(status.appliedRevision()), status.appliedRevision());
  }

  /** The commit of {@code v1@sha1:<commit>}, as Flux writes revisions. */
  private static @Nullable String commit(@Nullable String revision) {
    return revision == null ? null : revision.substring(revision.lastIndexOf(':') + 1);
  }

  private static @Nullable String marker(FleetModule module) {
    return module.getStatus() == null || module.getStatus().marker() == null
        ? null
        : module.getStatus().marker().revision();
  }

  /** As far as it is the same for all clusters. */
  private static String path(FleetModule module) {
    var built = module.getSpec().sync().syncPackage();
    var given =
        built == null
            ? null
            : built.helm() != null
                ? built.helm().chart()
                : built.kustomize() == null ? null : built.kustomize().path();
    var path = Objects.requireNonNullElse(given, ".");
    int mention = path.indexOf("$(");
    return mention < 0 ? path : path.substring(0, Math.max(0, path.lastIndexOf('/', mention)));
  }

  private static MirrorKey mirror(FleetModule module, VersionedSource source) {
    return new MirrorKey(
        source.url(), module.getMetadata().getNamespace(), source.secret(), source.proxySecret());
  }

  private static AppliedState state(dev.tranche.controlplane.marker.Applied.State state) {
    return switch (state) {
      case APPLIED -> AppliedState.APPLIED;
      case PENDING -> AppliedState.PENDING;
      case UNKNOWN -> AppliedState.UNKNOWN;
    };
  }
}
