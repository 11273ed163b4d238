package dev.tranche.rollout;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that a decision rests on.
 *
 * @param now the moment of the decision; the only clock there is
 * @param suspended whether nothing that is assigned may change
 * @param targetRevision a word for what the rollout brings, the same for all clusters, whatever
 *     their own words for it are
 * @param stableRevision the word of the last rollout that completed; null where none ever did
 * @param policy how the target is to be reached
 * @param clusters the selected clusters, each once
 * @param progress what was recorded of the rollout so far; null where nothing was
 * @param attempt a word that changes when a person asks for another try; a decision that was taken
 *     under another word counts for nothing
 * @param approvals what was approved, of whatever revision
 * @param checks the newest answers of checks that were wanted
 */
public record RolloutState(
    Instant now,
    boolean suspended,
    String targetRevision,
    @Nullable String stableRevision,
    RolloutPolicy policy,
    List<ClusterFacts> clusters,
    @Nullable RolloutProgress progress,
    String attempt,
    Set<Approval> approvals,
    Map<CheckKey, CheckAnswer> checks) {
  public RolloutState {
    clusters = List.copyOf(clusters);
    approvals = Set.copyOf(approvals);
    checks = Map.copyOf(checks);
  }
}
