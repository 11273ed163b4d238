package dev.tranche.controlplane.module;

import dev.tranche.crd.v1alpha1.ExactSource;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.SyncMarker;
import dev.tranche.rollout.ClusterState;
import dev.tranche.rollout.Outlook.Phase;
import dev.tranche.rollout.Reason;
import dev.tranche.rollout.RolloutPlan;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The sync markers of modules: moved when a rollout completes, by nobody else, and never back. */
final class ModuleMarkers {
  /** The reason where somebody else moved a marker. */
  static final String MOVED = "MarkerMoved";

  private final MarkerKeeper keeper;

  ModuleMarkers(MarkerKeeper keeper) {
    this.keeper = keeper;
  }

  /** Moves the marker of a module where what is planned says so, and tells where it is. */
  MarkerReport keep(FleetModule module, SourceReport source, RolloutPlan plan, Instant now) {
    var recorded = module.getStatus() == null ? null : module.getStatus().marker();
    var completed = completed(source, plan);
    var place = keeper.place(module);
    return switch (keeper.read(module)) {
      case MarkerKeeper.Reading.Pending(var trouble) -> new MarkerReport(recorded, null, trouble);
      case MarkerKeeper.Reading.Refused(Reason reason) ->
          new MarkerReport(at(recorded, completed, null, now), null, reason);
      case MarkerKeeper.Reading.Stored(var stored) ->
          switch (MarkerDecision.of(
              recorded == null ? null : recorded.revision(),
              stored,
              completed == null ? null : completed.revision())) {
            case MarkerDecision.Stay _ -> new MarkerReport(at(recorded, completed, place, now));
            case MarkerDecision.Adopt(var found) ->
                new MarkerReport(new SyncMarker(found, null, null, place));
            case MarkerDecision.MovedByOther(var found) ->
                new MarkerReport(recorded, moved(place, recorded, found), null);
            case MarkerDecision.Move move ->
                switch (keeper.move(module, move)) {
                  case MarkerKeeper.Outcome.Done _ ->
                      new MarkerReport(at(recorded, completed, place, now));
                  case MarkerKeeper.Outcome.Underway(var trouble) ->
                      new MarkerReport(recorded, null, trouble);
                  case MarkerKeeper.Outcome.MovedByOther(var found) ->
                      new MarkerReport(recorded, moved(place, recorded, found), null);
                };
          };
    };
  }

  /** Takes the marker of a module away that is gone. */
  void remove(FleetModule module) {
    if (module.getStatus() != null && module.getStatus().marker() != null) {
      keeper.remove(module, module.getStatus().marker().revision());
    }
  }

  /** What every cluster that can take part runs by now; null where that is not known. */
  private static @Nullable ExactSource completed(SourceReport source, RolloutPlan plan) {
    return source.content() != null
            && source.content().revision().equals(plan.stableRevision())
            && plan.outlook().phase() == Phase.COMPLETED
            && plan.counts().getOrDefault(ClusterState.SUCCEEDED, 0) > 0
        ? source.exact()
        : null;
  }

  private static @Nullable SyncMarker at(
      @Nullable SyncMarker recorded,
      @Nullable ExactSource completed,
      @Nullable String place,
      Instant now) {
    if (completed == null) {
      return recorded;
    }
    return recorded != null && recorded.revision().equals(completed.revision())
        ? new SyncMarker(recorded.revision(), completed.tag(), recorded.movedAt(), place)
        : new SyncMarker(completed.revision(), completed.tag(), now, place);
  }

  private static Reason moved(
      @Nullable String place, @Nullable SyncMarker recorded, @Nullable String found) {
    return new Reason(
        MOVED,
        "%s was moved by somebody else, from %s to %s, and is left alone; remove it or put it back to have it kept again"
            .formatted(
                place,
                recorded == null ? "nowhere" : recorded.revision(),
                found == null ? "nowhere" : found));
  }
}
