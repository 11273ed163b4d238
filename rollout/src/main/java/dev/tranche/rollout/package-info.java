/**
 * Decides which cluster gets which revision, and in which state each cluster is. A pure function on
 * types of the JDK: nothing here knows Kubernetes, a clock, a thread or a log.
 */
@NullMarked
package dev.tranche.rollout;

import org.jspecify.annotations.NullMarked;
