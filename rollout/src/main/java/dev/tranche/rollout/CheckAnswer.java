package dev.tranche.rollout;

import java.time.Instant;

/**
 * What came of a check.
 *
 * @param passed whether it holds; no answer at all is not a pass
 * @param at when it was asked
 * @param message what was found, for people
 */
public record CheckAnswer(boolean passed, Instant at, String message) {}
