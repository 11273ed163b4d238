/**
 * What the control plane says over HTTP: whether it lives, whether it is ready, and its metrics.
 */
@NullMarked
package dev.tranche.controlplane.http;

import org.jspecify.annotations.NullMarked;
