package dev.tranche.controlplane.assignment;

import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.crd.v1alpha1.AssemblageSpec;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.KubeconfigRef;
import dev.tranche.crd.v1alpha1.ProxyAssemblage;
import dev.tranche.crd.v1alpha1.ProxyAssemblageSpec;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.crd.v1alpha1.RemoteAssemblageSpec;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.List;
import java.util.function.Function;

/**
 * What sets the two kinds of assemblages apart for who writes them.
 *
 * @param finalizer under which what it put into a cluster is let go in order
 * @param syncs the JSON Pointer to its entries
 */
record AssemblageKind<A extends HasMetadata>(
    Delivery delivery,
    Class<A> type,
    String finalizer,
    String syncs,
    ObjectCache<A> cache,
    Function<A, AssemblageView> view,
    Maker<A> maker) {

  /** Makes an assemblage of its parts. */
  @FunctionalInterface
  interface Maker<A> {
    A make(ObjectMeta metadata, KubeconfigRef kubeconfigRef, List<AssignedSync> syncs);
  }

  static String finalizer(Delivery delivery) {
    return switch (delivery) {
      case REMOTE -> FleetModule.GROUP + "/remoteassemblage";
      case PROXY -> FleetModule.GROUP + "/proxyassemblage";
    };
  }

  static AssemblageKind<RemoteAssemblage> remote(ObjectCache<RemoteAssemblage> cache) {
    return new AssemblageKind<>(
        Delivery.REMOTE,
        RemoteAssemblage.class,
        finalizer(Delivery.REMOTE),
        "/spec/syncs",
        cache,
        AssemblageKind::view,
        (metadata, kubeconfigRef, syncs) -> {
          var assemblage = new RemoteAssemblage();
          assemblage.setMetadata(metadata);
          assemblage.setSpec(new RemoteAssemblageSpec(kubeconfigRef, syncs));
          return assemblage;
        });
  }

  static AssemblageKind<ProxyAssemblage> proxy(ObjectCache<ProxyAssemblage> cache) {
    return new AssemblageKind<>(
        Delivery.PROXY,
        ProxyAssemblage.class,
        finalizer(Delivery.PROXY),
        "/spec/assemblage/syncs",
        cache,
        AssemblageKind::view,
        (metadata, kubeconfigRef, syncs) -> {
          var assemblage = new ProxyAssemblage();
          assemblage.setMetadata(metadata);
          assemblage.setSpec(new ProxyAssemblageSpec(kubeconfigRef, new AssemblageSpec(syncs)));
          return assemblage;
        });
  }

  private static AssemblageView view(RemoteAssemblage assemblage) {
    var status = assemblage.getStatus();
    return new AssemblageView(
        Delivery.REMOTE,
        assemblage.getMetadata(),
        assemblage.getSpec().kubeconfigRef(),
        assemblage.getSpec().syncs(),
        status == null ? null : status.observedGeneration(),
        status == null ? List.of() : status.syncs());
  }

  private static AssemblageView view(ProxyAssemblage assemblage) {
    var status = assemblage.getStatus();
    return new AssemblageView(
        Delivery.PROXY,
        assemblage.getMetadata(),
        assemblage.getSpec().kubeconfigRef(),
        assemblage.getSpec().assemblage().syncs(),
        status == null ? null : status.observedGeneration(),
        status == null ? List.of() : status.syncs());
  }
}
