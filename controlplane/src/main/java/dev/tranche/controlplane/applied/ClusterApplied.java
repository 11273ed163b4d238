package dev.tranche.controlplane.applied;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * Whether a commit has been applied in one cluster.
 *
 * @param cluster its name
 * @param revision what Flux says it applied there; null where it says nothing
 * @param message why the state is what it is
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record ClusterApplied(
    String cluster, AppliedState state, @Nullable String revision, String message) {}
