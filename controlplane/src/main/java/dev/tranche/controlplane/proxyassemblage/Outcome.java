package dev.tranche.controlplane.proxyassemblage;

import dev.tranche.crd.v1alpha1.SyncKey;
import java.util.Map;

/** What came of the last attempt to bring a cluster to what is desired. */
sealed interface Outcome {
  /** There was none yet, or it has to wait for the cluster. */
  record Pending() implements Outcome {}

  /**
   * The cluster has it.
   *
   * @param troubles entries that something is the matter with nevertheless
   */
  record Done(Map<SyncKey, Trouble> troubles) implements Outcome {}

  /** Nothing of ours is left there. */
  record Removed() implements Outcome {}

  /**
   * It cannot be done as things are.
   *
   * @param onlyAnEditHelps whether trying again is of no use
   */
  record Blocked(String reason, String message, boolean onlyAnEditHelps) implements Outcome {}

  /**
   * It failed, and is tried again.
   *
   * @param unanswered whether the cluster did not answer, so that nothing is known of it for now
   */
  record Failed(String reason, String message, boolean unanswered) implements Outcome {}

  /** What is the matter with one entry. */
  record Trouble(String reason, String message, boolean waiting) {}
}
