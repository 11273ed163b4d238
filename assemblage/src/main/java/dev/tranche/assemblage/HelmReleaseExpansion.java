package dev.tranche.assemblage;

import dev.tranche.crd.flux.helm.v2.HelmRelease;
import dev.tranche.crd.flux.helm.v2.HelmReleaseSpec;
import dev.tranche.crd.flux.helm.v2.helmreleasespec.ChartRef;
import dev.tranche.crd.flux.helm.v2.helmreleasespec.CommonMetadata;
import dev.tranche.crd.flux.helm.v2.helmreleasespec.DriftDetection;
import dev.tranche.crd.flux.helm.v2.helmreleasespec.Install;
import dev.tranche.crd.flux.helm.v2.helmreleasespec.KubeConfig;
import dev.tranche.crd.flux.helm.v2.helmreleasespec.Uninstall;
import dev.tranche.crd.flux.helm.v2.helmreleasespec.Upgrade;
import dev.tranche.crd.flux.helm.v2.helmreleasespec.ValuesFrom;
import dev.tranche.crd.flux.helm.v2.helmreleasespec.kubeconfig.SecretRef;
import dev.tranche.crd.flux.source.v1.HelmChart;
import dev.tranche.crd.v1alpha1.HelmPackage;
import dev.tranche.crd.v1alpha1.HelmValuesFrom;
import dev.tranche.crd.v1alpha1.KubeconfigRef;
import io.fabric8.kubernetes.api.model.AnyType;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A Helm package as a HelmRelease. */
final class HelmReleaseExpansion {
  private HelmReleaseExpansion() {}

  /**
   * Expands.
   *
   * @param sync the name of the sync
   * @param helm with its defaults filled in
   * @param source what holds the chart
   */
  static HelmRelease of(
      Target target, String sync, ObjectMeta metadata, HelmPackage helm, HasMetadata source) {
    var spec = new HelmReleaseSpec();
    var chart = new ChartRef();
    chart.setKind(
        source instanceof HelmChart ? ChartRef.Kind.HELMCHART : ChartRef.Kind.OCIREPOSITORY);
    chart.setName(source.getMetadata().getName());
    spec.setChartRef(chart);
    if (target.kubeconfigRef() != null) {
      spec.setKubeConfig(kubeConfig(target.kubeconfigRef()));
    }
    // helm-controller upgrades when the version of the chart or the values changed. Other files at
    // the same commit keep the version, and this makes it look further.
    var commonMetadata = new CommonMetadata();
    commonMetadata.setAnnotations(Map.of(Expansion.SOURCE, source.getMetadata().getName()));
    spec.setCommonMetadata(commonMetadata);
    spec.setReleaseName(Objects.requireNonNullElse(helm.releaseName(), Names.release(sync)));
    spec.setTargetNamespace(helm.targetNamespace());
    // Flux would take the namespace of the HelmRelease, which the cluster need not have.
    spec.setStorageNamespace(
        Objects.requireNonNullElse(helm.storageNamespace(), helm.targetNamespace()));
    spec.setServiceAccountName(helm.serviceAccountName());
    spec.setValues(helm.values().isEmpty() ? null : new AnyType(helm.values()));
    spec.setValuesFrom(
        Lists.nullIfEmpty(
            helm.valuesFrom().stream().map(HelmReleaseExpansion::valuesFrom).toList()));
    spec.setInstall(install(helm));
    spec.setUpgrade(upgrade(helm));
    spec.setRollback(helm.rollback());
    spec.setUninstall(uninstall(helm.uninstall()));
    spec.setTest(helm.test());
    spec.setDriftDetection(driftDetection(helm.driftDetection()));
    spec.setPostRenderers(Lists.nullIfEmpty(helm.postRenderers()));
    spec.setHealthCheckExprs(Lists.nullIfEmpty(helm.healthCheckExprs()));
    spec.setMaxHistory(helm.maxHistory());
    spec.setInterval(helm.interval());
    spec.setTimeout(helm.timeout());
    spec.setSuspend(false);

    var release = new HelmRelease();
    release.setMetadata(metadata);
    release.setSpec(spec);
    release.setStatus(null);
    return release;
  }

  static KubeConfig kubeConfig(KubeconfigRef ref) {
    var secretRef = new SecretRef();
    secretRef.setName(ref.name());
    secretRef.setKey(ref.keyOrDefault());
    var kubeConfig = new KubeConfig();
    kubeConfig.setSecretRef(secretRef);
    return kubeConfig;
  }

  private static ValuesFrom valuesFrom(HelmValuesFrom given) {
    var from = new ValuesFrom();
    from.setKind(
        switch (given.kind()) {
          case SECRET -> ValuesFrom.Kind.SECRET;
          case CONFIG_MAP -> ValuesFrom.Kind.CONFIGMAP;
        });
    from.setName(given.name());
    from.setValuesKey(given.valuesKey());
    from.setTargetPath(given.targetPath());
    from.setLiteral(given.literal());
    from.setOptional(given.optional());
    return from;
  }

  // Left to itself helm-controller gives up after the first failure, until the spec changes.
  private static Install install(HelmPackage helm) {
    var install = helm.install() == null ? new Install() : Json.copy(helm.install(), Install.class);
    if (install.getStrategy() == null && install.getRemediation() == null) {
      var strategy = new dev.tranche.crd.flux.helm.v2.helmreleasespec.install.Strategy();
      strategy.setName(
          dev.tranche.crd.flux.helm.v2.helmreleasespec.install.Strategy.Name.RETRYONFAILURE);
      strategy.setRetryInterval(helm.retryInterval());
      install.setStrategy(strategy);
    }
    return install;
  }

  private static Upgrade upgrade(HelmPackage helm) {
    var upgrade = helm.upgrade() == null ? new Upgrade() : Json.copy(helm.upgrade(), Upgrade.class);
    if (upgrade.getStrategy() == null && upgrade.getRemediation() == null) {
      var strategy = new dev.tranche.crd.flux.helm.v2.helmreleasespec.upgrade.Strategy();
      strategy.setName(
          dev.tranche.crd.flux.helm.v2.helmreleasespec.upgrade.Strategy.Name.RETRYONFAILURE);
      strategy.setRetryInterval(helm.retryInterval());
      upgrade.setStrategy(strategy);
    }
    return upgrade;
  }

  private static @Nullable Uninstall uninstall(@Nullable Uninstall given) {
    if (given == null || given.getDeletionPropagation() != null) {
      return given;
    }
    var uninstall = Json.copy(given, Uninstall.class);
    uninstall.setDeletionPropagation(Uninstall.DeletionPropagation.BACKGROUND);
    return uninstall;
  }

  private static DriftDetection driftDetection(@Nullable DriftDetection given) {
    if (given != null && given.getMode() != null) {
      return given;
    }
    var driftDetection =
        given == null ? new DriftDetection() : Json.copy(given, DriftDetection.class);
    driftDetection.setMode(DriftDetection.Mode.ENABLED);
    return driftDetection;
  }
}
