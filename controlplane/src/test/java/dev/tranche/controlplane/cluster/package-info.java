@NullMarked
package dev.tranche.controlplane.cluster;

import org.jspecify.annotations.NullMarked;
