package dev.tranche.controlplane.module;

/**
 * Where the sync markers of modules are kept.
 *
 * @param gitReadOnly whether no git repository is written to
 */
public record MarkerSettings(SyncState syncState, boolean gitReadOnly) {
  /** Where, beside the status of the module. */
  public enum SyncState {
    /** In an annotation of the Secret with the source's credentials. */
    NATIVE,
    /** In a tag of the module's repository. */
    GIT
  }
}
