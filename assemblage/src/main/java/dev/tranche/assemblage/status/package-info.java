/**
 * What Flux's objects say about a sync and about an assemblage: the meaning of "succeeded".
 *
 * <p>Pure: the clock is passed in.
 */
@NullMarked
package dev.tranche.assemblage.status;

import org.jspecify.annotations.NullMarked;
