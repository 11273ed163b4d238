package dev.tranche.controlplane.cluster;

/** What is known of the kubeconfig of a cluster. */
public sealed interface KubeconfigState {
  /** There is none, or none yet. */
  record Absent() implements KubeconfigState {}

  /** There is one that can be used. */
  record Usable() implements KubeconfigState {}

  /**
   * There is one that is not used.
   *
   * @param reason a stable word
   * @param message what is wrong with it and what to do, without anything secret
   */
  record Refused(String reason, String message) implements KubeconfigState {}
}
