@NullMarked
package dev.tranche.controlplane.applied;

import org.jspecify.annotations.NullMarked;
