/**
 * Checks of rollouts: asks Prometheus servers, for as long as somebody wants to know. Knows nothing
 * of modules and decides nothing.
 */
@NullMarked
package dev.tranche.controlplane.check;

import org.jspecify.annotations.NullMarked;
