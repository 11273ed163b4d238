/** Tests; they need no API server. */
@NullMarked
package dev.tranche.assemblage.status;

import org.jspecify.annotations.NullMarked;
