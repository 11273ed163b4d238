package dev.tranche.controlplane.remoteassemblage;

import dev.tranche.assemblage.Target;
import dev.tranche.assemblage.flux.Access;
import dev.tranche.assemblage.flux.AssemblageReconciler;
import dev.tranche.assemblage.flux.Entry;
import dev.tranche.assemblage.flux.FluxObjects;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** RemoteAssemblages: entries are taken as they are, and Flux goes through a kubeconfig. */
final class RemoteAssemblageReconciler extends AssemblageReconciler<RemoteAssemblage> {
  private final ClusterAccess access;

  RemoteAssemblageReconciler(
      KubernetesClient client, FluxObjects flux, ClusterAccess access, Clock clock) {
    super(client, flux, clock);
    this.access = access;
  }

  @Override
  protected List<AssignedSync> entries(RemoteAssemblage assemblage) {
    return assemblage.getSpec().syncs();
  }

  @Override
  protected Target target(RemoteAssemblage assemblage) {
    return new Target(
        assemblage.getMetadata().getNamespace(),
        assemblage.getMetadata().getName(),
        assemblage.getSpec().kubeconfigRef());
  }

  @Override
  protected Access access(RemoteAssemblage assemblage) {
    return access.of(assemblage);
  }

  @Override
  protected Map<AssignedSync, Entry> expand(RemoteAssemblage assemblage) {
    var entries = new LinkedHashMap<AssignedSync, Entry>();
    entries(assemblage)
        .forEach(
            entry -> entries.put(entry, new Entry.Expanded(expanded(assemblage, entry), "", null)));
    return entries;
  }

  @Override
  protected boolean endsWhenEmpty(RemoteAssemblage assemblage) {
    return access.isOwnedByCluster(assemblage);
  }

  @Override
  protected RemoteAssemblage blank() {
    return new RemoteAssemblage();
  }
}
