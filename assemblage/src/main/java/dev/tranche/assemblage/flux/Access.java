package dev.tranche.assemblage.flux;

/** Whether something may be done in the cluster of an assemblage, and why not. */
public sealed interface Access {

  /** It may. */
  record Open() implements Access {}

  /** It may not, as long as something is missing. */
  record Closed(String reason, String message) implements Access {}

  /** It may not, since the kubeconfig is none that is used. */
  record Refused(String reason, String message) implements Access {}

  /** Nothing is to be changed for now. */
  record Paused(String message) implements Access {}

  /** The cluster is being deleted. */
  record Ending() implements Access {}
}
