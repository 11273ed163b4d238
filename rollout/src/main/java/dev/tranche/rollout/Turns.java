package dev.tranche.rollout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
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
    return switch (order) {
      case Order.ByName() -> sorted(places, c -> Turn.ofNumber(0, c.name()));
      case Order.Random() -> shuffled(places);
      case Order.ByLabel(String label) ->
          sorted(places, c -> Turn.ofValue(c.labels().get(label), c.name()));
    };
  }

  /** Works out once what decides, since a sort asks for it often. */
  private List<Integer> sorted(List<Integer> places, Function<ClusterFacts, Turn> turn) {
    record Placed(Turn turn, Integer place) {}
    return places.stream()
        .map(place -> new Placed(turn.apply(clusters.get(place)), place))
        .sorted(Comparator.comparing(Placed::turn))
        .map(Placed::place)
        .toList();
  }

  /**
   * Sorts numbers, which is many times faster than to sort objects: each is the beginning of a
   * random number and the index of the place that it belongs to.
   */
  private List<Integer> shuffled(List<Integer> places) {
    long index = Long.highestOneBit(Math.max(1, places.size())) * 2 - 1;
    var keys = new long[places.size()];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = (number(clusters.get(places.get(i))) & ~index) | i;
    }
    Arrays.sort(keys);
    var sorted = new ArrayList<Integer>(keys.length);
    for (long key : keys) {
      sorted.add(places.get((int) (key & index)));
    }
    for (int i = 1; i < keys.length; i++) {
      if ((keys[i] & ~index) == (keys[i - 1] & ~index)) {
        // Two numbers begin alike, as happens once among dozens of the largest fleets.
        return sorted(places, c -> Turn.ofNumber(number(c), c.name()));
      }
    }
    return sorted;
  }

  private long number(ClusterFacts cluster) {
    return mix(seed ^ hash(cluster.name()));
  }

  /** Numbers come before words, and words before nothing. */
  private record Turn(int kind, long number, String word, String name) implements Comparable<Turn> {
    static Turn ofNumber(long number, String name) {
      return new Turn(0, number, "", name);
    }

    static Turn ofValue(@Nullable String value, String name) {
      if (value == null) {
        return new Turn(2, 0, "", name);
      }
      try {
        return ofNumber(Long.parseLong(value), name);
      } catch (NumberFormatException e) {
        return new Turn(1, 0, value, name);
      }
    }

    @Override
    public int compareTo(Turn other) {
      if (kind != other.kind) {
        return Integer.compare(kind, other.kind);
      }
      if (number != other.number) {
        return Long.compare(number, other.number);
      }
      int byWord = word.compareTo(other.word);
      return byWord == 0 ? name.compareTo(other.name) : byWord;
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
