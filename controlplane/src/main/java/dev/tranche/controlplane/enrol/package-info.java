/**
 * Makes a cluster that Cluster API did not create part of the fleet: {@code scripts/enrol-cluster}.
 */
@NullMarked
package dev.tranche.controlplane.enrol;

import org.jspecify.annotations.NullMarked;
