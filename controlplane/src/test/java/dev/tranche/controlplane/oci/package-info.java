@NullMarked
package dev.tranche.controlplane.oci;

import org.jspecify.annotations.NullMarked;
