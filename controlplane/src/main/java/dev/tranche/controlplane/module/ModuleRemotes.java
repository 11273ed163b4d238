package dev.tranche.controlplane.module;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.git.GitRemote;
import dev.tranche.controlplane.server.Secrets;
import dev.tranche.controlplane.source.VersionedSource;
import dev.tranche.crd.v1alpha1.FleetModule;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The git repositories of modules, with what their Secrets say at that moment. */
record ModuleRemotes(Secrets secrets) {
  /** The repository of a module whose source is one, the same for all clusters. */
  GitRemote of(FleetModule module) {
    var source = new VersionedSource(module.getSpec().sync().source());
    return new GitRemote(
        source.url(), content(module, source.secret()), content(module, source.proxySecret()));
  }

  private Map<String, String> content(FleetModule module, @Nullable String secret) {
    return secret == null
        ? Map.of()
        : secrets
            .read(new ObjectKey(module.getMetadata().getNamespace(), secret))
            .orElseGet(Map::of);
  }
}
