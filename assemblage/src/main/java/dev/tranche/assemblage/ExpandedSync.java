package dev.tranche.assemblage;

import dev.tranche.crd.v1alpha1.SyncKey;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;

/**
 * What a sync becomes in Flux. The objects are complete, as they shall be stored, and not to be
 * modified: whoever needs to add something copies them.
 *
 * @param key what the sync is called within its assemblage
 * @param revision the revision of the sync that was expanded
 * @param sources a GitRepository or an OCIRepository, and a HelmChart where one is made from the
 *     GitRepository; each needs the one before, and {@code applier} refers to the last. They are
 *     shared by all syncs of the namespace with the same source; nobody owns them
 * @param applier for this sync alone
 */
public record ExpandedSync(
    SyncKey key, String revision, List<HasMetadata> sources, Applier applier) {

  public ExpandedSync {
    sources = List.copyOf(sources);
  }
}
