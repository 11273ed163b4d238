package dev.tranche.controlplane.module;

import dev.tranche.assemblage.binding.SubstituteSecret;
import dev.tranche.controlplane.assignment.Place;
import dev.tranche.controlplane.assignment.Wish;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.rollout.ClusterPlan;
import dev.tranche.rollout.Reason;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * In which order the entries of a module in one cluster are written, so that nothing is removed
 * while it moves from one delivery to the other: the old entry is marked first, then the new one is
 * written, and the old one goes when the new one has succeeded and the mark was taken note of. Each
 * step follows from what is stored alone.
 */
final class Handover {
  /** The reason of a cluster that two deliveries have. */
  static final String HANDING_OVER = "HandingOver";

  private Handover() {}

  /**
   * What one of the revisions of a module is in a cluster.
   *
   * @param delivery in the assemblage of which delivery
   * @param secret what it needs beside; null where that is nothing
   */
  record Assignable(Delivery delivery, AssignedSync sync, @Nullable SubstituteSecret secret) {}

  /** What to do so that a cluster gets this; the first step of it where there are several. */
  static Map<Place, Wish> assigning(Holdings holdings, Place place, Wish.Assign wish) {
    var other = holdings.besides(place.delivery());
    return other != null && !other.leaving()
        ? Map.of(other.place(), marked(other))
        : Map.of(place, wish);
  }

  /**
   * What to do for a cluster that is assigned nothing new.
   *
   * @param mayLetGo whether the cluster is such that something may go there
   */
  static Map<Place, Wish> settling(Holdings holdings, boolean mayLetGo) {
    var assigned = holdings.assigned();
    if (assigned == null) {
      return Map.of();
    }
    if (assigned.leaving()) {
      return Map.of(assigned.place(), unmarked(assigned));
    }
    var leaving = holdings.leaving();
    if (leaving == null) {
      return Map.of();
    }
    if (!leaving.leaving()) {
      return Map.of(leaving.place(), marked(leaving));
    }
    return mayLetGo && assigned.succeeded() && leaving.canBeLetGo()
        ? Map.of(leaving.place(), new Wish.LetGo())
        : Map.of();
  }

  /** Whether a cluster waits for something else than Flux, which is to be told. */
  static boolean isUnderway(ClusterPlan cluster) {
    return cluster.reason().code().equals(HANDING_OVER);
  }

  /** Why a cluster that succeeded is not done yet; null where it is. */
  static @Nullable Reason unfinished(Holdings holdings, boolean paused) {
    var assigned = holdings.assigned();
    var leaving = holdings.leaving();
    if (assigned != null && assigned.outlived()) {
      return new Reason(
          HANDING_OVER,
          "stays with %s, which has not taken note of that yet".formatted(assigned.place()));
    }
    if (assigned == null || leaving == null) {
      return null;
    }
    return new Reason(
        HANDING_OVER,
        "runs by way of %s; waits until %s has let go of it%s"
            .formatted(
                assigned.place(),
                leaving.place(),
                paused
                    ? ", which it does when the Cluster is no longer paused"
                    : leaving.canBeLetGo() ? "" : ", which has not taken note of that yet"));
  }

  /** Why a cluster has to be without a module for a moment before it is delivered in this way. */
  static @Nullable Reason blocked(Holdings holdings, Delivery wanted) {
    var removed = holdings.removed();
    return holdings.assigned() != null || removed == null || removed.place().delivery() == wanted
        ? null
        : new Reason(
            HANDING_OVER,
            "waits until %s has removed what it had there: %s"
                .formatted(removed.place(), removed.status().message()));
  }

  /** The wish that takes the mark off. */
  static Wish unmarked(Holding holding) {
    return new Wish.Replace(Holding.with(holding.entry(), null));
  }

  private static Wish marked(Holding holding) {
    return new Wish.Replace(Holding.with(holding.entry(), DeletionPolicy.ORPHAN));
  }
}
