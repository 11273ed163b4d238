/**
 * Modules and BootstrapModules: which clusters they select, what each of these should run, and how
 * far that got. Knows nothing of Flux.
 */
@NullMarked
package dev.tranche.controlplane.module;

import org.jspecify.annotations.NullMarked;
