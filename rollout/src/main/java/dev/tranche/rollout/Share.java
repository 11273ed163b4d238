package dev.tranche.rollout;

/** A number of clusters, or a part of them. */
public sealed interface Share {
  /** How many of so many clusters, rounded down. */
  int of(int clusters);

  /** So many. */
  record Count(int count) implements Share {
    public Count {
      require(count >= 0, "a count is not negative");
    }

    @Override
    public int of(int clusters) {
      return count;
    }
  }

  /** A percentage, from 0 to 100. */
  record Percent(int percent) implements Share {
    public Percent {
      require(percent >= 0 && percent <= 100, "a percentage is between 0 and 100");
    }

    @Override
    public int of(int clusters) {
      return (int) ((long) clusters * percent / 100);
    }
  }

  /** Throws an IllegalArgumentException with this message where something does not hold. */
  static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
