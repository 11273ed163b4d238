/**
 * "Has this commit been applied?", asked and answered over HTTP: who may ask, the form of question
 * and answer, and the command that asks. Knows neither git nor rollouts.
 */
@NullMarked
package dev.tranche.controlplane.applied;

import org.jspecify.annotations.NullMarked;
