package dev.tranche.controlplane.marker;

import java.util.Set;

/**
 * What is asked of a repository about one commit.
 *
 * @param commit 4 to 40 hexadecimal digits; anything else is answered, not refused
 * @param path of a folder or a file in the repository that somebody uses; {@code .} is all of it
 * @param revisions full commit hashes, of each of which is asked whether its history contains the
 *     commit; those that are no commits of the repository are taken as unknown to it
 */
public record CommitQuestion(String commit, String path, Set<String> revisions) {
  /** Copies the revisions. */
  public CommitQuestion {
    revisions = Set.copyOf(revisions);
  }
}
