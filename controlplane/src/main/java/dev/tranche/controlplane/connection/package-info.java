/**
 * The connections to the clusters of the fleet: one light client each on a stack that all share,
 * and what is known of reaching them. Knows kubeconfigs, and nothing of what is brought to a
 * cluster.
 */
@NullMarked
package dev.tranche.controlplane.connection;

import org.jspecify.annotations.NullMarked;
