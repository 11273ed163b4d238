/**
 * What the control plane costs, measured against real API servers: writes are counted, times are
 * compared with a bare client's in the same run.
 */
@NullMarked
package dev.tranche.benchmarks;

import org.jspecify.annotations.NullMarked;
