/** Tests; they need no API server. */
@NullMarked
package dev.tranche.assemblage;

import org.jspecify.annotations.NullMarked;
