/**
 * RemoteAssemblages: their syncs as Flux objects of the control plane, and what Flux makes of them.
 * Knows nothing of modules.
 */
@NullMarked
package dev.tranche.controlplane.remoteassemblage;

import org.jspecify.annotations.NullMarked;
