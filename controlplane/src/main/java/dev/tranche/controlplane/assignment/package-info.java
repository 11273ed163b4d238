/**
 * Writes what modules assign to clusters: one writer an assemblage, so that what several modules
 * want at the same moment becomes one write and nothing that anybody wrote is lost.
 */
@NullMarked
package dev.tranche.controlplane.assignment;

import org.jspecify.annotations.NullMarked;
