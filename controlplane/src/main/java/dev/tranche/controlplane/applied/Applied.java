package dev.tranche.controlplane.applied;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a commit has been applied by a module.
 *
 * @param commit in full where it is known, as it was asked for otherwise
 * @param marker the commit up to which the module has been applied everywhere; null where there is
 *     none yet
 * @param message why the state is what it is
 * @param clusters every cluster that the module selects, in any order
 */
public record Applied(
    AppliedState state,
    String commit,
    @Nullable String marker,
    String message,
    List<ClusterApplied> clusters) {
  /** Copies the list. */
  public Applied {
    clusters = List.copyOf(clusters);
  }
}
