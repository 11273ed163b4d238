package dev.tranche.rollout;

/**
 * What is decided for one cluster.
 *
 * @param cluster its name
 * @param state its state before anything of the plan is carried out
 * @param reason why it is in that state
 * @param assign whether it is to be assigned its target now
 * @param atTarget whether it ran its target when it last reported, healthy
 */
public record ClusterPlan(
    String cluster, ClusterState state, Reason reason, boolean assign, boolean atTarget) {}
