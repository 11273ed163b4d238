package dev.tranche.controlplane.module;

import dev.tranche.rollout.Outlook.Phase;

/**
 * What a phase is called in conditions.
 *
 * @param progressing whether the rollout goes on by itself
 * @param stalled whether only an edit or a retry helps
 */
record Phases(String reason, boolean progressing, boolean stalled) {
  static Phases of(Phase phase) {
    return switch (phase) {
      case COMPLETED -> new Phases("Completed", false, false);
      case ROLLING_OUT -> new Phases("RollingOut", true, false);
      case SOAKING -> new Phases("Soaking", true, false);
      case AWAITING_APPROVAL -> new Phases("AwaitingApproval", false, false);
      case AWAITING_CHECK -> new Phases("AwaitingCheck", true, false);
      case OUTSIDE_WINDOW -> new Phases("OutsideWindow", false, false);
      case SUSPENDED -> new Phases("Suspended", false, false);
      case HALTED -> new Phases("Halted", false, true);
      case NOTHING_TO_ROLL_BACK_TO -> new Phases("NothingToRollBackTo", false, true);
      case ROLLING_BACK -> new Phases("RollingBack", true, false);
      case ROLLED_BACK -> new Phases("RolledBack", false, true);
      case UNMATCHED_CLUSTERS -> new Phases("UnmatchedClusters", false, true);
      case STAGE_CIRCLE -> new Phases("StageCircle", false, true);
      case NO_CLUSTERS -> new Phases("NoClusterReady", false, false);
    };
  }
}
