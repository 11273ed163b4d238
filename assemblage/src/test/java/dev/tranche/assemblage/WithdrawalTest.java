package dev.tranche.assemblage;

import static dev.tranche.crd.flux.kustomize.v1.KustomizationSpec.DeletionPolicy.MIRRORPRUNE;
import static dev.tranche.crd.flux.kustomize.v1.KustomizationSpec.DeletionPolicy.WAITFORTERMINATION;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.assemblage.Applier.Kustomized;
import dev.tranche.assemblage.Applier.Released;
import dev.tranche.assemblage.Withdrawal.ClusterFacts;
import dev.tranche.assemblage.Withdrawal.Orphan;
import dev.tranche.assemblage.Withdrawal.Prune;
import dev.tranche.assemblage.Withdrawal.Release;
import dev.tranche.assemblage.Withdrawal.Wait;
import dev.tranche.crd.flux.helm.v2.HelmRelease;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.kustomize.v1.KustomizationStatus;
import dev.tranche.crd.flux.kustomize.v1.kustomizationspec.kubeconfig.ConfigMapRef;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.GitSource;
import dev.tranche.crd.v1alpha1.GitVersion;
import dev.tranche.crd.v1alpha1.HelmPackage;
import dev.tranche.crd.v1alpha1.KubeconfigRef;
import dev.tranche.crd.v1alpha1.OciSource;
import dev.tranche.crd.v1alpha1.OciVersion;
import dev.tranche.crd.v1alpha1.Source;
import dev.tranche.crd.v1alpha1.SyncPackage;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WithdrawalTest {
  private static final Target TARGET =
      new Target("fleet", "eu-1", new KubeconfigRef("eu-1-kubeconfig", null));
  private static final ClusterFacts REACHABLE = new ClusterFacts(true, false);
  private static final ClusterFacts NO_KUBECONFIG = new ClusterFacts(false, false);
  private static final ClusterFacts DELETING = new ClusterFacts(true, true);

  private final Kustomization kustomization = kustomization();

  @Test
  void prunesWhereTheClusterIsThere() {
    assertThat(decision(REACHABLE))
        .isInstanceOfSatisfying(
            Prune.class,
            prune ->
                assertThat(prune.patch())
                    .hasToString("{\"spec\":{\"deletionPolicy\":\"MirrorPrune\"}}"));
  }

  @Test
  void patchesNothingTwice() {
    kustomization.getSpec().setDeletionPolicy(MIRRORPRUNE);

    assertThat(decision(REACHABLE))
        .isInstanceOfSatisfying(Prune.class, prune -> assertThat(prune.patch()).isEmpty());
  }

  @Test
  void prunesThoughSuspendedAndOnlyInTheRightCluster() {
    kustomization.getSpec().setSuspend(true);
    var configMap = new ConfigMapRef();
    configMap.setName("other");
    kustomization.getSpec().getKubeConfig().setSecretRef(null);
    kustomization.getSpec().getKubeConfig().setConfigMapRef(configMap);

    assertThat(decision(REACHABLE))
        .isInstanceOfSatisfying(
            Prune.class,
            prune ->
                assertThat(prune.patch())
                    .hasToString(
                        "{\"spec\":{\"suspend\":false,\"deletionPolicy\":\"MirrorPrune\",\"kubeConfig\":{\"secretRef\":{\"key\":\"value\",\"name\":\"eu-1-kubeconfig\"},\"configMapRef\":null}}}"));
  }

  @Test
  void leavesAloneWhatRunsInAClusterThatGoesOrCannotBeReached() {
    for (var cluster : List.of(NO_KUBECONFIG, DELETING)) {
      assertThat(decision(cluster))
          .isInstanceOfSatisfying(Orphan.class, orphan -> assertThat(orphan.patch()).isEmpty());
    }
    kustomization.getSpec().setDeletionPolicy(MIRRORPRUNE);
    assertThat(decision(DELETING))
        .isInstanceOfSatisfying(
            Orphan.class,
            orphan ->
                assertThat(orphan.patch())
                    .hasToString("{\"spec\":{\"deletionPolicy\":\"Orphan\"}}"));
  }

  @Test
  void leavesAloneWhatIsMarkedSo() {
    kustomization.getMetadata().getAnnotations().put(Expansion.DELETION_POLICY, "Orphan");
    kustomization.getSpec().setDeletionPolicy(MIRRORPRUNE);

    assertThat(decision(REACHABLE))
        .isInstanceOfSatisfying(
            Orphan.class,
            orphan ->
                assertThat(orphan.patch())
                    .hasToString("{\"spec\":{\"deletionPolicy\":\"Orphan\"}}"));
  }

  /** A kubeConfig that somebody set must not make Flux prune in another cluster. */
  @Test
  void prunesHereWhereFluxRunsInTheCluster() {
    var here = new Target("fleet", "eu-1", null);

    assertThat(Withdrawal.of(here, new Kustomized(kustomization), REACHABLE))
        .isInstanceOfSatisfying(
            Prune.class,
            prune ->
                assertThat(prune.patch())
                    .hasToString(
                        "{\"spec\":{\"deletionPolicy\":\"MirrorPrune\",\"kubeConfig\":null}}"));
    kustomization.getSpec().setKubeConfig(null);
    assertThat(Withdrawal.of(here, new Kustomized(kustomization), REACHABLE))
        .isInstanceOfSatisfying(
            Prune.class,
            prune ->
                assertThat(prune.patch())
                    .hasToString("{\"spec\":{\"deletionPolicy\":\"MirrorPrune\"}}"));
  }

  @Test
  void releasesWhatFluxCannotPruneAnyMore() {
    terminating();
    kustomization.getSpec().setDeletionPolicy(WAITFORTERMINATION);

    for (var cluster : List.of(NO_KUBECONFIG, DELETING)) {
      assertThat(decision(cluster))
          .isInstanceOfSatisfying(
              Release.class,
              release ->
                  assertThat(release.patch())
                      .hasToString("{\"spec\":{\"deletionPolicy\":\"Orphan\"}}"));
    }
  }

  @Test
  void waitsWhileFluxPrunes() {
    terminating();
    kustomization.getSpec().setDeletionPolicy(MIRRORPRUNE);
    assertThat(decision(REACHABLE)).isEqualTo(new Wait("Flux is removing what it applied"));

    kustomization.setStatus(new KustomizationStatus());
    kustomization
        .getStatus()
        .setConditions(
            List.of(
                new ConditionBuilder()
                    .withType("Ready")
                    .withStatus("False")
                    .withMessage("timeout")
                    .build()));
    assertThat(decision(REACHABLE))
        .isEqualTo(new Wait("Flux is removing what it applied; it last said: timeout"));
  }

  /** It may belong to a cluster that is gone and has a new one of the same name. */
  @Test
  void neverTurnsAnOrphanThatIsBeingDeletedIntoAPrune() {
    terminating();

    assertThat(decision(REACHABLE)).isInstanceOf(Wait.class);
    assertThat(decision(DELETING)).isInstanceOf(Wait.class);
  }

  @Test
  void uninstallsAReleaseThatIsNotSuspended() {
    var release = new Released(release());
    assertThat(Withdrawal.of(TARGET, release, REACHABLE))
        .isInstanceOfSatisfying(Prune.class, prune -> assertThat(prune.patch()).isEmpty());

    release.suspended();
    release.object().getSpec().setKubeConfig(null);
    assertThat(Withdrawal.of(TARGET, release, REACHABLE))
        .isInstanceOfSatisfying(
            Prune.class,
            prune ->
                assertThat(prune.patch())
                    .hasToString(
                        "{\"spec\":{\"suspend\":false,\"kubeConfig\":{\"secretRef\":{\"key\":\"value\",\"name\":\"eu-1-kubeconfig\"}}}}"));
  }

  /** A HelmRelease has no policy; Flux uninstalls nothing for one that is suspended. */
  @Test
  void suspendsAReleaseWhereWhatRunsStays() {
    var release = new Released(release());
    for (var cluster : List.of(NO_KUBECONFIG, DELETING)) {
      assertThat(Withdrawal.of(TARGET, release, cluster))
          .isInstanceOfSatisfying(
              Orphan.class,
              orphan -> assertThat(orphan.patch()).hasToString("{\"spec\":{\"suspend\":true}}"));
    }
    release.metadata().getAnnotations().put(Expansion.DELETION_POLICY, "Orphan");
    assertThat(Withdrawal.of(TARGET, release, REACHABLE)).isInstanceOf(Orphan.class);

    release.metadata().setDeletionTimestamp("2026-01-01T00:00:00Z");
    assertThat(Withdrawal.of(TARGET, release, REACHABLE))
        .isEqualTo(new Wait("Flux is removing what it applied"));
    assertThat(Withdrawal.of(TARGET, release, DELETING)).isInstanceOf(Release.class);
    release.suspended();
    assertThat(Withdrawal.of(TARGET, release, DELETING)).isInstanceOf(Wait.class);
  }

  private static HelmRelease release() {
    var oci =
        new OciSource(
            "oci://registry.example.com/web",
            new OciVersion("1.0.0", null, null),
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null);
    var helm =
        new HelmPackage(
            null, List.of(), null, "web", null, Map.of(), List.of(), null, null, null, null, null,
            null, List.of(), List.of(), null, null, null, null, null);
    return (HelmRelease)
        Expansion.of(
                TARGET,
                new AssignedSync(
                    "Module", "a", "r", Source.oci(oci), SyncPackage.helm(helm), List.of(), null))
            .applier()
            .object();
  }

  private Withdrawal decision(ClusterFacts cluster) {
    return Withdrawal.of(TARGET, new Kustomized(kustomization), cluster);
  }

  private void terminating() {
    kustomization.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");
  }

  private static Kustomization kustomization() {
    var git = GitSource.of("https://git.example.com/a.git", new GitVersion("v1", null, null));
    return (Kustomization)
        Expansion.of(
                TARGET,
                new AssignedSync("Module", "a", "r", Source.git(git), null, List.of(), null))
            .applier()
            .object();
  }
}
