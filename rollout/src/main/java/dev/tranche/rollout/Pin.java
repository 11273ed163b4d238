package dev.tranche.rollout;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Holds a cluster at a revision.
 *
 * @param revision which; null means what it has
 * @param reason why, in the words of who set it
 * @param until from when on it counts for nothing; null means never
 */
public record Pin(@Nullable Target revision, String reason, @Nullable Instant until) {
  boolean holdsAt(Instant now) {
    return until == null || now.isBefore(until);
  }
}
