@NullMarked
package dev.tranche.assemblage.flux;

import org.jspecify.annotations.NullMarked;
