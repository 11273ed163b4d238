package dev.tranche.controlplane.check;

/**
 * Which check of which rollout it is.
 *
 * @param module the uid of the Module or BootstrapModule
 * @param stage the name of the stage
 * @param gate the index of the gate in the stage
 * @param revision what is rolled out; an answer about one revision says nothing of another
 */
public record CheckKey(String module, String stage, int gate, String revision) {}
