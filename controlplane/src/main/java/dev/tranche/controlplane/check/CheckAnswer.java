package dev.tranche.controlplane.check;

import java.time.Instant;

/** What came of asking once. The messages are sentences for people, without credentials. */
public sealed interface CheckAnswer {
  /** When the question was asked. */
  Instant at();

  /** Every value is within the limits. */
  record Passed(Instant at) implements CheckAnswer {}

  /** At least one value is outside the limits; the message names it. */
  record NotPassed(Instant at, String message) implements CheckAnswer {}

  /** Nothing is known: the server was away, or what it said is no answer to the question. */
  record NoAnswer(Instant at, String message) implements CheckAnswer {}
}
