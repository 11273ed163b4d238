/** Whole rollouts, told as stories: a scenario goes in, a log comes out. */
@NullMarked
package dev.tranche.rollout.golden;

import org.jspecify.annotations.NullMarked;
