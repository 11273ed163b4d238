package dev.tranche.controlplane.assignment;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.KubeconfigRef;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.crd.v1alpha1.SyncStatus;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One assemblage at one moment, of whatever kind.
 *
 * @param delivery the delivery that its kind is for
 * @param metadata as stored; never changed
 * @param observedGeneration the generation that its status speaks of; null before the first report
 * @param statuses what is reported of each sync
 */
public record AssemblageView(
    Delivery delivery,
    ObjectMeta metadata,
    KubeconfigRef kubeconfigRef,
    List<AssignedSync> syncs,
    @Nullable Long observedGeneration,
    List<SyncStatus> statuses) {

  /** Where it stands. */
  public Place place() {
    return new Place(delivery, new ObjectKey(metadata.getNamespace(), metadata.getName()));
  }

  /** Whether it is on its way out. */
  public boolean deleting() {
    return metadata.getDeletionTimestamp() != null;
  }

  /** Whether its status speaks of its spec as it is now. */
  public boolean observed() {
    return Objects.equals(observedGeneration, metadata.getGeneration());
  }

  /** The entry of this name; null where there is none. */
  public @Nullable AssignedSync entry(SyncKey key) {
    for (var sync : syncs) {
      if (sync.name().equals(key.name()) && sync.origin().equals(key.origin())) {
        return sync;
      }
    }
    return null;
  }

  /** What is reported of the sync of this name; null where nothing is. */
  public @Nullable SyncStatus status(SyncKey key) {
    for (var status : statuses) {
      if (status.name().equals(key.name()) && status.origin().equals(key.origin())) {
        return status;
      }
    }
    return null;
  }
}
