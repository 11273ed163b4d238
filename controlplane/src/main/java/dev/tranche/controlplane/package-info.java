/**
 * Steers: from modules and clusters to assemblages, and from assemblages to Flux. {@link Main}
 * wires everything.
 */
@NullMarked
package dev.tranche.controlplane;

import org.jspecify.annotations.NullMarked;
