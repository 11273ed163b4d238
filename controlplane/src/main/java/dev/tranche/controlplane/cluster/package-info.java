/**
 * The clusters of the fleet as Cluster API and their kubeconfig Secrets describe them. Reads only.
 */
@NullMarked
package dev.tranche.controlplane.cluster;

import org.jspecify.annotations.NullMarked;
