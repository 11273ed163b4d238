@NullMarked
package dev.tranche.controlplane.marker;

import org.jspecify.annotations.NullMarked;
