@NullMarked
package dev.tranche.controlplane.git;

import org.jspecify.annotations.NullMarked;
