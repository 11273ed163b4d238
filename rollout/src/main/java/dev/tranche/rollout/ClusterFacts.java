package dev.tranche.rollout;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one cluster.
 *
 * @param name its name, unique among those planned together
 * @param labels its labels; never changed
 * @param standing whether it can take part
 * @param hold what keeps a new revision from it; null where nothing does
 * @param pin the revision that it is held at; null where it is not
 * @param target what it should run
 * @param stable what it ran or would run under the last rollout that completed; null where none
 *     ever did
 * @param assigned the revision it was told to run; null before the first
 * @param tampered whether what it was told is no longer what that revision says
 * @param observed what it last reported; null before the first report
 * @param since since when it works on what it was told to run; null where that is not known
 */
public record ClusterFacts(
    String name,
    Map<String, String> labels,
    Standing standing,
    @Nullable Hold hold,
    @Nullable Pin pin,
    Target target,
    @Nullable Target stable,
    @Nullable String assigned,
    boolean tampered,
    @Nullable Observation observed,
    @Nullable Instant since) {

  /** What it last reported on what it was told to run; null where nothing yet. */
  @Nullable Observation report() {
    return observed != null && observed.revision().equals(assigned) ? observed : null;
  }
}
