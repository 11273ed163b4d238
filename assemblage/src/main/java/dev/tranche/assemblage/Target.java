package dev.tranche.assemblage;

import dev.tranche.crd.v1alpha1.KubeconfigRef;
import org.jspecify.annotations.Nullable;

/**
 * Where the syncs of an assemblage go.
 *
 * @param namespace the namespace of the assemblage, where its Flux objects are made too
 * @param assemblage the name of the assemblage, which is that of its cluster
 * @param kubeconfigRef how Flux reaches the cluster; null where it runs in it
 */
public record Target(String namespace, String assemblage, @Nullable KubeconfigRef kubeconfigRef) {}
