package dev.tranche.controlplane;

import dev.tranche.crd.clusterapi.v1beta2.Cluster;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.v1alpha1.Attention;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.crd.v1alpha1.Summary;
import dev.tranche.testbed.AuditEvent;
import dev.tranche.testbed.AuditLog;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** What a test looks at on the hub besides modules, and what happens to clusters there. */
record FleetObserver(TestFleet fleet) {
  private static final Set<String> WORK =
      Set.of("remoteassemblages", "kustomizations", "gitrepositories");

  private static final Set<Integer> REFUSALS = Set.of(403, 422);

  /** Of the event that came just before. */
  static ConditionFactory withinTwoSeconds() {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(2))
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptions();
  }

  List<Kustomization> kustomizations() {
    return list(Kustomization.class);
  }

  /** The Kustomizations of one cluster. */
  List<Kustomization> kustomizations(String cluster) {
    return kustomizations().stream()
        .filter(kustomization ->
            cluster.equals(
                kustomization.getMetadata().getAnnotations().get("fleet.tranche.dev/assemblage")))
        .toList();
  }

  Optional<Kustomization> kustomization(String cluster, String sync) {
    return kustomizations(cluster).stream()
        .filter(kustomization ->
            sync.equals(kustomization.getMetadata().getAnnotations().get("fleet.tranche.dev/sync")))
        .findFirst();
  }

  List<GitRepository> sources() {
    return list(GitRepository.class);
  }

  List<RemoteAssemblage> assemblages() {
    return list(RemoteAssemblage.class);
  }

  Optional<Cluster> cluster(String name) {
    return Optional.ofNullable(
        fleet
            .client()
            .resources(Cluster.class)
            .inNamespace(fleet.namespace())
            .withName(name)
            .get());
  }

  /** The syncs that a cluster is assigned, such as {@code Module/ingress}. */
  List<String> assigned(String cluster) {
    return fleet.assemblage(cluster).stream()
        .flatMap(assemblage -> assemblage.getSpec().syncs().stream())
        .map(sync -> sync.origin() + "/" + sync.name())
        .toList();
  }

  void patchCluster(String name, String mergePatch) {
    fleet
        .client()
        .resources(Cluster.class)
        .inNamespace(fleet.namespace())
        .withName(name)
        .patch(PatchContext.of(PatchType.JSON_MERGE), mergePatch);
  }

  void deleteCluster(String name) {
    fleet.client().resources(Cluster.class).inNamespace(fleet.namespace()).withName(name).delete();
  }

  void deleteKubeconfig(String cluster) {
    fleet
        .client()
        .secrets()
        .inNamespace(fleet.namespace())
        .withName(cluster + "-kubeconfig")
        .delete();
  }

  void deleteModule(String name) {
    fleet.client().resources(Module.class).inNamespace(fleet.namespace()).withName(name).delete();
  }

  /** The counts of a module; nothing is counted before its first report. */
  static Summary summary(FleetModule module) {
    var status = module.getStatus();
    var summary = status == null ? null : status.summary();
    return summary == null ? new Summary(0, 0, 0, 0, 0, 0, 0, 0) : summary;
  }

  /** Why a module says that it is not everywhere, of one cluster. */
  static Optional<Attention> attention(FleetModule module, String cluster) {
    return module.getStatus() == null
        ? Optional.empty()
        : module.getStatus().attention().stream()
            .filter(attention -> attention.cluster().equals(cluster))
            .findFirst();
  }

  /** What the control plane wrote in the test's namespace to have something run in a cluster. */
  List<AuditEvent> workSince(AuditLog.Mark mark) {
    return fleet.hub().auditLog().since(mark).stream()
        .filter(AuditEvent::isWrite)
        .filter(event -> event.namespace().equals(fleet.namespace()))
        .filter(event -> event.user().equals(RunningControlPlane.USER))
        .filter(event -> WORK.contains(event.resource()) && event.subresource().isEmpty())
        .toList();
  }

  /** Those of them that the API server did not accept for what they say. */
  List<AuditEvent> refusedSince(AuditLog.Mark mark) {
    return workSince(mark).stream().filter(event -> REFUSALS.contains(event.code())).toList();
  }

  private <T extends HasMetadata> List<T> list(Class<T> type) {
    return fleet.client().resources(type).inNamespace(fleet.namespace()).list().getItems();
  }
}
