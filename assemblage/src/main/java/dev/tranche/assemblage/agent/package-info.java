/**
 * The agent: a program that runs in a workload cluster, beside Flux, and expands the Assemblages
 * there. It knows no control plane.
 */
@NullMarked
package dev.tranche.assemblage.agent;

import org.jspecify.annotations.NullMarked;
