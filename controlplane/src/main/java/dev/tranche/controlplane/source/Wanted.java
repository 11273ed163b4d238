package dev.tranche.controlplane.source;

import org.jspecify.annotations.Nullable;

/**
 * Something that a user wants to know.
 *
 * @param recorded the last good answer as the user remembers it, perhaps from before this program
 *     began; null for none. Where there is one the first question has time
 */
public record Wanted(SourceRequest request, SourceAnswer.@Nullable Found recorded) {}
