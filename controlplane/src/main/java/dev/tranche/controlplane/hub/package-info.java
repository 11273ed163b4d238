/**
 * How the control plane reads and writes its own API server: caches, applying, events. It knows no
 * kind of ours.
 */
@NullMarked
package dev.tranche.controlplane.hub;

import org.jspecify.annotations.NullMarked;
