package dev.tranche.assemblage;

import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.v1alpha1.SyncKey;

/**
 * What a sync becomes in Flux. The two objects are complete, as they shall be stored, and not to be
 * modified: whoever needs to add something copies them.
 *
 * @param key what the sync is called within its assemblage
 * @param revision the revision of the sync that was expanded
 * @param source shared by all syncs of the namespace with the same source; nobody owns it
 * @param kustomization for this sync alone
 */
public record ExpandedSync(
    SyncKey key, String revision, GitRepository source, Kustomization kustomization) {}
