/**
 * Replaces the bindings that a sync mentions, for one cluster, with exact errors.
 *
 * <p>Pure: objects are looked up through what the caller gives.
 */
@NullMarked
package dev.tranche.assemblage.binding;

import org.jspecify.annotations.NullMarked;
