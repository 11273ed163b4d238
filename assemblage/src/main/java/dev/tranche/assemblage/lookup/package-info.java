/** Finds the objects that bindings read, and notices when they change. */
@NullMarked
package dev.tranche.assemblage.lookup;

import org.jspecify.annotations.NullMarked;
