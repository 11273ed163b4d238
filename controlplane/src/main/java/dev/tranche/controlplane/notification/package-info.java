/**
 * Events in Flux's format: ours, posted to who receives such events, and Flux's own, taken as news
 * of the objects that they are about.
 */
@NullMarked
package dev.tranche.controlplane.notification;

import org.jspecify.annotations.NullMarked;
