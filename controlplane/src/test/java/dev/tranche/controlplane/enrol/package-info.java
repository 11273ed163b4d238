/** Tests of enrolling clusters. */
@NullMarked
package dev.tranche.controlplane.enrol;

import org.jspecify.annotations.NullMarked;
