package dev.tranche.assemblage;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists as Flux's models have them, where an empty one is a missing one. */
final class Lists {
  private Lists() {}

  static <T> @Nullable List<T> nullIfEmpty(List<T> list) {
    return list.isEmpty() ? null : list;
  }
}
