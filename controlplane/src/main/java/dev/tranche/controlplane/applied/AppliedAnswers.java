package dev.tranche.controlplane.applied;

import dev.tranche.assemblage.kube.ObjectKey;
import java.util.Optional;

/** Who knows which commits have been applied. */
@FunctionalInterface
public interface AppliedAnswers {
  /**
   * Whether a commit has been applied. May take a moment, such as for reading git.
   *
   * @param kind {@code Module} or {@code BootstrapModule}
   * @param commit 4 to 64 hexadecimal digits in lower case: a commit, or the beginning of one
   * @return empty where there is no such module
   */
  Optional<Applied> of(String kind, ObjectKey module, String commit);
}
