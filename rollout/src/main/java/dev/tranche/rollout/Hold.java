package dev.tranche.rollout;

/**
 * What keeps a new revision from a cluster.
 *
 * @param reason why
 * @param passing whether it passes by itself, so that the cluster's stage waits for it
 */
public record Hold(Reason reason, boolean passing) {}
