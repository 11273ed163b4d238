@NullMarked
package dev.tranche.controlplane;

import org.jspecify.annotations.NullMarked;
