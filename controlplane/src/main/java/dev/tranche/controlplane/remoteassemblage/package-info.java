/**
 * RemoteAssemblages: which clusters may be changed, and what wakes their expansion. Knows nothing
 * of modules.
 */
@NullMarked
package dev.tranche.controlplane.remoteassemblage;

import org.jspecify.annotations.NullMarked;
