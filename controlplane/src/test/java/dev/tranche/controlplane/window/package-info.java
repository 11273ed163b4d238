@NullMarked
package dev.tranche.controlplane.window;

import org.jspecify.annotations.NullMarked;
