package dev.tranche.rollout;

/**
 * A check that is wanted.
 *
 * @param stage the name of the stage whose gate it is
 * @param gate its place among the gates of the stage, from 0
 */
public record CheckKey(String stage, int gate) {}
