/** Tests; they need no API server. */
@NullMarked
package dev.tranche.assemblage.binding;

import org.jspecify.annotations.NullMarked;
