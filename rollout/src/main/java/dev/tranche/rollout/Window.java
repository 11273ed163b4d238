package dev.tranche.rollout;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A time span that comes again and again, in which changes may be made. */
public interface Window {
  /** What it is at an instant. Pure. */
  Phase at(Instant now);

  /**
   * What a window is for a while.
   *
   * @param open whether changes may be made
   * @param until until when; null means for ever
   */
  record Phase(boolean open, @Nullable Instant until) {}
}
