package dev.tranche.controlplane.marker;

import java.time.Duration;

/**
 * What the copies of repositories' histories may cost.
 *
 * @param repositories how many are kept
 * @param bytes how large one may get, and all together once nobody asks
 * @param packs how often one grows before it is made anew, in one piece
 * @param fresh how long what branches and tags name is good for the questions of others
 * @param list how long a repository may take to say what branches and tags name
 * @param fetch how long one may take to grow
 * @param patience how long a question waits for another one about the same repository
 */
record HistoryBounds(
    int repositories,
    long bytes,
    int packs,
    Duration fresh,
    Duration list,
    Duration fetch,
    Duration patience) {
  static final HistoryBounds DEFAULT =
      new HistoryBounds(
          200,
          4L << 30,
          50,
          Duration.ofSeconds(5),
          Duration.ofSeconds(30),
          Duration.ofMinutes(10),
          Duration.ofSeconds(30));
}
