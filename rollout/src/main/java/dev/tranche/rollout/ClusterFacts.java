package dev.tranche.rollout;

import org.jspecify.annotations.Nullable;

/**
 * What is known of one cluster.
 *
 * @param name its name, unique among those planned together
 * @param standing whether it can take part
 * @param hold what keeps a new revision from it; null where nothing does
 * @param target what it should run
 * @param assigned the revision it was told to run; null before the first
 * @param observed what it last reported; null before the first report
 */
public record ClusterFacts(
    String name,
    Standing standing,
    @Nullable Reason hold,
    Target target,
    @Nullable String assigned,
    @Nullable Observation observed) {}
