/**
 * What tags and version ranges are right now, at the servers where sources come from: asked once
 * for all who want to know, for as long as they do. Knows nothing of modules and decides nothing.
 */
@NullMarked
package dev.tranche.controlplane.source;

import org.jspecify.annotations.NullMarked;
