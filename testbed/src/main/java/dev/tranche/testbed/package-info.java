/**
 * Runs a fleet of real API servers, Flux and Cluster API as processes on one machine. Knows nothing
 * of the product but its manifests.
 */
@NullMarked
package dev.tranche.testbed;

import org.jspecify.annotations.NullMarked;
