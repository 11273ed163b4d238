/**
 * Between what a module says of its rollout and what the planner understands: the policy that it
 * asks for, and the progress that its status keeps. Nothing here has an effect.
 */
@NullMarked
package dev.tranche.controlplane.rollout;

import org.jspecify.annotations.NullMarked;
