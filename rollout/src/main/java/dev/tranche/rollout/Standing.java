package dev.tranche.rollout;

/** Whether a cluster can take part. */
public sealed interface Standing {
  /** It can. */
  record Participating() implements Standing {}

  /** It cannot yet, or no longer. */
  record NotReady(Reason reason) implements Standing {}

  /** Nobody can reach it at the moment; it takes part again by itself once somebody can. */
  record Unreachable(Reason reason) implements Standing {}
}
