/**
 * The Flux objects of assemblages, of whatever kind: written, judged, withdrawn and collected. What
 * an assemblage of a kind means, and whether its cluster may be changed, is said by who uses this.
 */
@NullMarked
package dev.tranche.assemblage.flux;

import org.jspecify.annotations.NullMarked;
