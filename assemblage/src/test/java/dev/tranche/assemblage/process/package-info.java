@NullMarked
package dev.tranche.assemblage.process;

import org.jspecify.annotations.NullMarked;
