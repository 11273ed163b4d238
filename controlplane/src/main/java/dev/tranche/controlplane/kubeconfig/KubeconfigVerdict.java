package dev.tranche.controlplane.kubeconfig;

import java.net.URI;

/**
 * Whether a kubeconfig may be used to reach a cluster.
 *
 * <p>It has to be complete in itself: inline certificates, keys and tokens, for the user and the
 * cluster of its current context. What would run a program, read a file or weaken TLS is refused
 * wherever it stands in the file, since a client may look at any part of it.
 */
public sealed interface KubeconfigVerdict {
  /** The largest kubeconfig that is read, in bytes. */
  int MAX_BYTES = 256 * 1024;

  /**
   * It may be used.
   *
   * @param server where the current context's API server is
   */
  record Accepted(URI server) implements KubeconfigVerdict {}

  /**
   * It may not be used.
   *
   * @param reason a stable word, as conditions have it
   * @param message what is the matter and what to do about it; never any part of a credential
   */
  record Refused(String reason, String message) implements KubeconfigVerdict {}

  /** Judges a kubeconfig without connecting to anything or reading any file. */
  static KubeconfigVerdict of(String kubeconfigYaml) {
    try {
      return new Accepted(KubeconfigCheck.check(kubeconfigYaml).server());
    } catch (RefusedException e) {
      return e.refused();
    }
  }

  /**
   * The same kubeconfig with its current context alone, so that credentials for other clusters stay
   * where they are.
   *
   * @param accepted a kubeconfig that is accepted
   * @return a kubeconfig as JSON, which every reader of YAML understands in the same way
   */
  static String currentContextOf(String accepted) {
    try {
      return MinimalKubeconfig.of(KubeconfigCheck.check(accepted));
    } catch (RefusedException e) {
      throw new IllegalArgumentException(e.refused().message());
    }
  }
}
