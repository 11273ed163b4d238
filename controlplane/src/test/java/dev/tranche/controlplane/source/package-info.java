@NullMarked
package dev.tranche.controlplane.source;

import org.jspecify.annotations.NullMarked;
