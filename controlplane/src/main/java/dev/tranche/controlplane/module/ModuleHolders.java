package dev.tranche.controlplane.module;

import dev.tranche.controlplane.assignment.AssemblageView;
import dev.tranche.controlplane.assignment.Assemblages;
import dev.tranche.controlplane.assignment.Place;
import dev.tranche.controlplane.assignment.Wish;
import dev.tranche.controlplane.cluster.ClusterView;
import dev.tranche.controlplane.cluster.Clusters;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.crd.v1alpha1.SyncStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The assemblages that have something of a module, and how that is changed and taken out. */
final class ModuleHolders {
  private final Clusters clusters;
  private final Assemblages assemblages;
  private final ModuleMemories memories;

  ModuleHolders(Clusters clusters, Assemblages assemblages, ModuleMemories memories) {
    this.clusters = clusters;
    this.assemblages = assemblages;
    this.memories = memories;
  }

  /** The assemblages that have something of a module, be it only in their status. */
  Stream<AssemblageView> of(FleetModule module) {
    var key = ModuleFleet.keyOf(module);
    return assemblages
        .inNamespace(module.getMetadata().getNamespace())
        .filter(assemblage -> holds(assemblage, key));
  }

  /**
   * Whether any assemblage has something of a module, asked of the API server itself: a cache that
   * lags would let a module go too early.
   */
  boolean anyIsStored(FleetModule module, KubernetesClient client) {
    var key = ModuleFleet.keyOf(module);
    return assemblages
        .stored(client, module.getMetadata().getNamespace())
        .anyMatch(assemblage -> holds(assemblage, key));
  }

  private static boolean holds(AssemblageView assemblage, SyncKey key) {
    return assemblage.entry(key) != null || assemblage.status(key) != null;
  }

  /** How an entry is taken out such that what it put into the cluster is removed. */
  Optional<Wish> withdrawal(FleetModule module, AssemblageView holder) {
    var memory = memories.of(module);
    var holding = Holding.of(holder, ModuleFleet.keyOf(module));
    if (holding == null) {
      return Optional.of(new Wish.Withdraw());
    }
    if (holding.leaving()) {
      return Optional.of(Handover.unmarked(holding));
    }
    // Whoever expands it may still be about to put the mark where it was told to.
    boolean removing =
        memory.isTakenBack(holder.place())
            ? holding.isUnmarked()
            : holding.status() == null
                || holding.status().deletionPolicy() != DeletionPolicy.ORPHAN;
    return removing ? Optional.of(new Wish.Withdraw()) : Optional.empty();
  }

  /** Takes note of what is about to be written. */
  void remember(FleetModule module, Place place, Wish wish) {
    var assemblage = assemblages.find(place).orElse(null);
    var before = Holding.of(assemblage, ModuleFleet.keyOf(module));
    var after = wish.on(assemblage, ModuleFleet.keyOf(module));
    if (assemblage == null || before == null) {
      return;
    }
    var memory = memories.of(module);
    if (after == null) {
      memory.withdraw(assemblage);
      return;
    }
    if (before.leaving() && after.deletionPolicy() == null) {
      memory.takeBack(place);
    }
    if (!after.revision().equals(before.entry().revision())) {
      if (before.status() != null && after.revision().equals(before.status().revision())) {
        memory.overtake(assemblage);
      } else {
        memory.follow(place);
      }
    }
  }

  /**
   * The assemblages whose report may not know yet that a module is gone from them, as far as this
   * process has taken it out.
   */
  Stream<AssemblageView> unaware(FleetModule module) {
    var memory = memories.of(module);
    return assemblages
        .inNamespace(module.getMetadata().getNamespace())
        .filter(memory::isWithdrawalUnseen);
  }

  /** The modules, by their uids, that wait until an assemblage is looked at as it is now. */
  List<String> waitingFor(AssemblageView before) {
    return memories.having(
        memory -> memory.isOvertaken(before) || memory.isWithdrawalUnseen(before));
  }

  /** Why a holder still has something of a module that is being deleted. */
  String waitsFor(FleetModule module, AssemblageView holder) {
    if (clusters.find(holder.place().cluster()).filter(ClusterView::paused).isPresent()) {
      return Holds.PAUSED;
    }
    return Optional.ofNullable(holder.status(ModuleFleet.keyOf(module)))
        .filter(status -> "Withdrawing".equals(status.reason()))
        .map(SyncStatus::message)
        .orElseGet(() ->
            withdrawal(module, holder).isEmpty()
                ? "not withdrawn yet: it was moving to another delivery, which is being taken back"
                : "not withdrawn yet");
  }
}
