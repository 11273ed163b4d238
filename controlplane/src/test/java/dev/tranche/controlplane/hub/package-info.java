@NullMarked
package dev.tranche.controlplane.hub;

import org.jspecify.annotations.NullMarked;
