package dev.tranche.rollout;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts clusters in the order in which they take their turn. */
final class Turns {
  private final Order order;
  private final long seed;
  private final List<ClusterFacts> clusters;

  /** For these clusters; the revision seeds the order at random. */
  Turns(Order order, String revision, List<ClusterFacts> clusters) {
    this.order = order;
    this.seed = hash(revision);
    this.clusters = clusters;
  }

  /** The places of clusters, in the order of their turns. */
  List<Integer> sorted(List<Integer> places) {
    var comparator = comparator();
    for (int i = 1; i < places.size(); i++) {
      if (comparator.compare(places.get(i - 1), places.get(i)) > 0) {
        var sorted = new ArrayList<>(places);
        sorted.sort(comparator);
        return sorted;
      }
    }
    return places;
  }

  private Comparator<Integer> comparator() {
    Comparator<Integer> byName = Comparator.comparing(place -> clusters.get(place).name());
    return switch (order) {
      case Order.ByName() -> byName;
      case Order.Random() ->
          Comparator.<Integer>comparingLong(place -> mix(seed ^ hash(clusters.get(place).name())))
              .thenComparing(byName);
      case Order.ByLabel(String label) ->
          Comparator.comparing((Integer place) -> Rank.of(clusters.get(place).labels().get(label)))
              .thenComparing(byName);
    };
  }

  /** Numbers come before words, and words before nothing. */
  private record Rank(int kind, long number, String word) implements Comparable<Rank> {
    private static final Comparator<Rank> ORDER =
        Comparator.comparingInt(Rank::kind)
            .thenComparingLong(Rank::number)
            .thenComparing(Rank::word);

    static Rank of(@Nullable String value) {
      if (value == null) {
        return new Rank(2, 0, "");
      }
      try {
        return new Rank(0, Long.parseLong(value), "");
      } catch (NumberFormatException e) {
        return new Rank(1, 0, value);
      }
    }

    @Override
    public int compareTo(Rank other) {
      return ORDER.compare(this, other);
    }
  }

  /** FNV-1a, since an order must be the same on every machine and String.hashCode is too narrow. */
  private static long hash(String word) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < word.length(); i++) {
      hash = (hash ^ word.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }

  /** The finaliser of SplitMix64: without it names that differ at their end stay neighbours. */
  private static long mix(long bits) {
    bits = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
    bits = (bits ^ (bits >>> 27)) * 0x94d049bb133111ebL;
    return bits ^ (bits >>> 31);
  }
}
