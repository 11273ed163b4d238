package dev.tranche.controlplane.module;

import dev.tranche.controlplane.assignment.AssemblageView;
import dev.tranche.controlplane.assignment.Place;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.crd.v1alpha1.SyncStatus;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster has of a module: an entry in the assemblage of one delivery, or in both while it
 * moves from one to the other.
 *
 * @param assigned the entry that counts; null where there is none
 * @param leaving the entry that is on its way out; null where there is none
 * @param removed what is still reported where there is no entry any more; null where nothing is
 */
record Holdings(
    @Nullable Holding assigned, @Nullable Holding leaving, @Nullable Remainder removed) {
  static final Holdings NOTHING = new Holdings(null, null, null);

  /** What is left of an entry that is gone. */
  record Remainder(Place place, SyncStatus status) {}

  /**
   * Looks into both assemblages of a cluster.
   *
   * @param declared the delivery that counts where the entries do not tell
   */
  static Holdings of(
      @Nullable AssemblageView remote,
      @Nullable AssemblageView proxy,
      SyncKey key,
      Delivery declared) {
    var inRemote = Holding.of(remote, key);
    var inProxy = Holding.of(proxy, key);
    if (inRemote != null && inProxy != null) {
      var preferred = declared == Delivery.REMOTE ? inRemote : inProxy;
      var second = declared == Delivery.REMOTE ? inProxy : inRemote;
      return preferred.leaving() && !second.leaving()
          ? new Holdings(second, preferred, null)
          : new Holdings(preferred, second, null);
    }
    var assigned = inRemote == null ? inProxy : inRemote;
    var removed = inRemote == null ? remainder(remote, key) : null;
    return new Holdings(
        assigned, null, removed == null && inProxy == null ? remainder(proxy, key) : removed);
  }

  private static @Nullable Remainder remainder(@Nullable AssemblageView assemblage, SyncKey key) {
    var status = assemblage == null ? null : assemblage.status(key);
    return assemblage == null || status == null ? null : new Remainder(assemblage.place(), status);
  }

  /** The same without what is reported in these assemblages of what the cluster is assigned. */
  Holdings without(Predicate<AssemblageView> reports) {
    return assigned == null || !reports.test(assigned.assemblage())
        ? this
        : new Holdings(
            new Holding(assigned.assemblage(), assigned.entry(), null), leaving, removed);
  }

  /** What the cluster is assigned; null where that is nothing. */
  @Nullable AssignedSync entry() {
    return assigned == null ? null : assigned.entry();
  }

  /** What is reported of what the cluster is assigned; null where nothing is. */
  @Nullable SyncStatus status() {
    return assigned == null ? null : assigned.status();
  }

  /** Whether two deliveries have it, or the only one is marked to give it up. */
  boolean moving() {
    return leaving != null || (assigned != null && assigned.leaving());
  }

  /** The entries, that which counts first. */
  Stream<Holding> all() {
    return Stream.of(Optional.ofNullable(assigned), Optional.ofNullable(leaving))
        .flatMap(Optional::stream);
  }

  /** The entry in the assemblage of the other delivery; null where there is none. */
  @Nullable Holding besides(Delivery delivery) {
    return all().filter(holding -> holding.place().delivery() != delivery).findFirst().orElse(null);
  }
}
