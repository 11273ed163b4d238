package dev.tranche.controlplane.source;

import java.util.Map;
import java.util.Set;

/** One kind of server. */
interface Upstream {
  /**
   * Asks a repository what all of these versions are; by many threads at once.
   *
   * @return an answer to each; {@link SourceAnswer.Unavailable} to all where the server gives none.
   *     Comes within a deadline
   */
  Map<WantedVersion, SourceAnswer> ask(Repository repository, Set<WantedVersion> versions)
      throws InterruptedException;
}
