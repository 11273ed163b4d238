@NullMarked
package dev.tranche.controlplane.connection;

import org.jspecify.annotations.NullMarked;
