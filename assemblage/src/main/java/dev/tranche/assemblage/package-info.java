/**
 * Turns the syncs of an assemblage into Flux objects, and says how they differ from what is there.
 *
 * <p>Pure: it may touch the API types and JSON, and no client, clock or thread.
 */
@NullMarked
package dev.tranche.assemblage;

import org.jspecify.annotations.NullMarked;
