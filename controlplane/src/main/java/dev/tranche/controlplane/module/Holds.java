package dev.tranche.controlplane.module;

import dev.tranche.controlplane.cluster.ClusterView;
import dev.tranche.crd.v1alpha1.BootstrapModule;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.rollout.Hold;
import dev.tranche.rollout.ReasonCode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What keeps new revisions of a module from clusters.
 *
 * @param bootstraps those that a cluster must have before its first assignment
 * @param dependencies what must have succeeded on a cluster
 */
record Holds(
    List<BootstrapModule> bootstraps, KnownModules.Dependencies dependencies, Wanted wanted) {
  static final String PAUSED =
      "its Cluster is paused; nothing is changed there until it is resumed";

  /** Finds what a cluster has of any module. */
  @FunctionalInterface
  interface Lookup {
    Holdings find(SyncKey module, Delivery declared);
  }

  /** Whether a revision is what a module wants a cluster to run at this moment. */
  @FunctionalInterface
  interface Wanted {
    boolean isWanted(FleetModule module, String cluster, String revision);
  }

  /** Null where nothing does. */
  @Nullable Hold of(ClusterView cluster, Holdings holdings, Delivery delivery, Lookup lookup) {
    if (cluster.paused()) {
      return new Hold(ReasonCode.CLUSTER_PAUSED.because(PAUSED), false);
    }
    var blocked = Handover.blocked(holdings, delivery);
    if (blocked != null) {
      return new Hold(blocked, true);
    }
    if (holdings.assigned() == null) {
      for (var bootstrap : bootstraps) {
        if (selects(bootstrap, cluster) && !isApplied(bootstrap, lookup)) {
          return new Hold(
              ReasonCode.WAITING_FOR_BOOTSTRAP.because(
                  "BootstrapModule %s was not applied there yet"
                      .formatted(bootstrap.getMetadata().getName())),
              true);
        }
      }
    }
    var circle = dependencies.circle();
    if (circle != null) {
      return new Hold(circle, true);
    }
    for (var dependency : dependencies.names()) {
      var missing = missing(cluster, lookup, dependency);
      if (missing != null) {
        return new Hold(ReasonCode.DEPENDENCY_NOT_READY.because(missing), true);
      }
    }
    return null;
  }

  private static boolean isApplied(BootstrapModule bootstrap, Lookup lookup) {
    var holdings = lookup.find(ModuleFleet.keyOf(bootstrap), Delivery.REMOTE);
    var status =
        holdings.status() != null
            ? holdings.status()
            : holdings.removed() == null ? null : holdings.removed().status();
    return status != null && status.appliedRevision() != null;
  }

  /** Why a module does not count as succeeded on a cluster; null where it does. */
  private @Nullable String missing(ClusterView cluster, Lookup lookup, String name) {
    var dependency = dependencies.find(name);
    if (dependency == null) {
      return "there is no module %s, on which it depends".formatted(name);
    }
    if (!selects(dependency, cluster)) {
      return "%s %s, on which it depends, does not select the cluster"
          .formatted(dependency.getKind(), name);
    }
    var assigned =
        lookup
            .find(ModuleFleet.keyOf(dependency), dependency.getSpec().deliveryOrDefault())
            .assigned();
    return assigned != null
            && assigned.succeeded()
            && wanted.isWanted(dependency, cluster.key().name(), assigned.entry().revision())
        ? null
        : "%s %s, on which it depends, has not succeeded there yet"
            .formatted(dependency.getKind(), name);
  }

  private static boolean selects(FleetModule module, ClusterView cluster) {
    var selector = module.getSpec().selector();
    return selector != null && selector.matches(cluster.labels());
  }
}
