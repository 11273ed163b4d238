@NullMarked
package dev.tranche.controlplane.check;

import org.jspecify.annotations.NullMarked;
