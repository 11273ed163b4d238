package dev.tranche.controlplane.cluster;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Whether a cluster is reached. */
public sealed interface Reachability {
  /** Nobody knows: it was not tried long enough, or there is no kubeconfig to try with. */
  record Unknown() implements Reachability {}

  /** It is, or was a moment ago. */
  record Reached() implements Reachability {}

  /**
   * It is not, for longer than the threshold.
   *
   * @param lastContact when it was last heard of; null for never
   * @param reason a stable word for what the last try met
   * @param message what the last try met
   */
  record Unreachable(@Nullable Instant lastContact, String reason, String message)
      implements Reachability {
    /** A sentence that has it all. */
    public String sentence() {
      return lastContact == null
          ? "never reached: " + message
          : "no contact since %s: %s".formatted(lastContact, message);
    }
  }
}
