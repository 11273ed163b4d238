@NullMarked
package dev.tranche.crd;

import org.jspecify.annotations.NullMarked;
