package dev.tranche.controlplane.marker;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Paths as people write them, turned into paths as git knows them. */
final class RepositoryPath {
  private RepositoryPath() {}

  /**
   * A path below the root of a repository.
   *
   * @return without a slash at its ends; empty for the root; null where it leads out of it
   */
  static @Nullable String of(String written) {
    var parts = new ArrayDeque<String>();
    for (var part : written.split("/", -1)) {
      if (part.equals("..")) {
        if (parts.pollLast() == null) {
          return null;
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return String.join("/", parts);
  }
}
