package dev.tranche.rollout;

import org.jspecify.annotations.Nullable;

/**
 * What is decided for one cluster.
 *
 * @param cluster its name
 * @param stage the name of its stage; null where no stage takes it
 * @param state its state before anything of the plan is carried out
 * @param reason why it is in that state
 * @param assign the revision that it is to be assigned now; null for none
 * @param atTarget whether it ran its target when it last reported, healthy
 */
public record ClusterPlan(
    String cluster,
    @Nullable String stage,
    ClusterState state,
    Reason reason,
    @Nullable String assign,
    boolean atTarget) {}
