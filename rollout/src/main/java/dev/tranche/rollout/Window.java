package dev.tranche.rollout;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A time span that comes again and again, in which changes may be made. */
public interface Window {
  /** What it is at an instant: open until, or closed until; null until means for ever. Pure. */
  Phase at(Instant now);

  /**
   * Whether it is open, and how long that stays so.
   *
   * @param open whether changes may be made
   * @param until when that changes; null where it never does
   */
  record Phase(boolean open, @Nullable Instant until) {}
}
