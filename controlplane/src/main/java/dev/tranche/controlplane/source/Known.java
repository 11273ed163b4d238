package dev.tranche.controlplane.source;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a version.
 *
 * @param lastGood the newest that was found, be it before a failure; null for none
 * @param newest the newest answer; null where it was not asked yet
 * @param at when that was answered; null where it was not asked yet
 */
public record Known(
    SourceAnswer.@Nullable Found lastGood, @Nullable SourceAnswer newest, @Nullable Instant at) {
  static final Known NOTHING = new Known(null, null, null);
}
