@NullMarked
package dev.tranche.controlplane.module;

import org.jspecify.annotations.NullMarked;
