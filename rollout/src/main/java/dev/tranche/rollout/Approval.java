package dev.tranche.rollout;

/**
 * A person's word that a stage may be passed.
 *
 * @param stage the name of the stage
 * @param revision the target revision that was approved
 */
public record Approval(String stage, String revision) {}
