package dev.tranche.controlplane;

import static dev.tranche.controlplane.PlayedFlux.artifactOf;

import dev.tranche.crd.v1alpha1.Assemblage;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Plays the agents of clusters that are the hub itself: says in every Assemblage what a test wants
 * of each version.
 */
final class ScriptedAgent implements AutoCloseable, ResourceEventHandler<Assemblage> {
  private final TestFleet hub;
  private final BiFunction<String, String, SyncState> script;
  private final SharedIndexInformer<Assemblage> assemblages;
  private final ExecutorService player = Executors.newSingleThreadExecutor();

  /** Takes the state of a cluster under a tag from a script. */
  ScriptedAgent(TestFleet hub, BiFunction<String, String, SyncState> script) {
    this.hub = hub;
    this.script = script;
    assemblages = hub.client().resources(Assemblage.class).inAnyNamespace().runnableInformer(0);
    assemblages.addEventHandler(this);
    assemblages.run();
  }

  @Override
  public void onAdd(Assemblage assemblage) {
    play();
  }

  @Override
  public void onUpdate(Assemblage before, Assemblage after) {
    play();
  }

  @Override
  public void onDelete(Assemblage assemblage, boolean finalStateUnknown) {
    // Nothing is to be said of what is gone.
  }

  void play() {
    try {
      player.execute(() ->
          assemblages.getStore().list().stream()
              .filter(a -> a.getMetadata().getNamespace().startsWith(hub.namespace()))
              .forEach(this::play));
    } catch (RejectedExecutionException e) {
      // The test is over.
    }
  }

  private void play(Assemblage assemblage) {
    if (assemblage.getMetadata().getDeletionTimestamp() != null) {
      return;
    }
    var before =
        assemblage.getStatus() == null
            ? Map.<String, SyncStatus>of()
            : assemblage.getStatus().syncs().stream()
                .collect(Collectors.toMap(sync -> sync.key().toString(), sync -> sync));
    var name = assemblage.getMetadata().getName();
    var syncs =
        assemblage.getSpec().syncs().stream()
            .map(sync -> status(name, sync, before.get(sync.key().toString())))
            .toList();
    var generation = assemblage.getMetadata().getGeneration();
    if (assemblage.getStatus() != null
        && generation.equals(assemblage.getStatus().observedGeneration())
        && syncs.equals(assemblage.getStatus().syncs())) {
      return;
    }
    try {
      hub.client()
          .resource(assemblage)
          .subresource("status")
          .patch(
              PatchContext.of(PatchType.JSON_MERGE),
              hub.client()
                  .getKubernetesSerialization()
                  .asJson(
                      Map.of("status", Map.of("observedGeneration", generation, "syncs", syncs))));
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
  }

  private SyncStatus status(String cluster, AssignedSync sync, @Nullable SyncStatus before) {
    var tag = sync.source().version();
    var known = before != null && sync.revision().equals(before.revision()) ? before : null;
    var said = script.apply(cluster, tag);
    // Where nothing more is said, what was said stands.
    var state =
        known != null && known.state() != null && said == SyncState.UPDATING ? known.state() : said;
    return new SyncStatus(
        sync.origin(),
        sync.name(),
        sync.revision(),
        state,
        switch (state) {
          case SUCCEEDED -> "Succeeded";
          case FAILED -> "BuildFailed";
          case UPDATING, WAITING -> "Progressing";
        },
        switch (state) {
          case SUCCEEDED -> "said by the test";
          case FAILED -> tag + " is broken";
          case UPDATING, WAITING -> "being applied";
        },
        known != null && state == known.state()
            ? known.lastTransitionTime()
            : Instant.now().toString(),
        state == SyncState.SUCCEEDED
            ? artifactOf(tag)
            : before == null ? null : before.appliedRevision(),
        sync.deletionPolicy() == DeletionPolicy.ORPHAN ? DeletionPolicy.ORPHAN : null);
  }

  @Override
  public void close() {
    assemblages.close();
    player.shutdownNow();
  }
}
