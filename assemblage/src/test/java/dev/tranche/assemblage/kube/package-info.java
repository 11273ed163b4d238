@NullMarked
package dev.tranche.assemblage.kube;

import org.jspecify.annotations.NullMarked;
