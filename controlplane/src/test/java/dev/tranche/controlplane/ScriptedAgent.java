package dev.tranche.controlplane;

import static dev.tranche.controlplane.PlayedFlux.artifactOf;

import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.ProxyAssemblage;
import dev.tranche.crd.v1alpha1.ProxyAssemblageStatus;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Plays the part of the clusters that apply for themselves: says in every ProxyAssemblage what a
 * test wants of each version, and lets those go that nothing is left of.
 */
final class ScriptedAgent implements AutoCloseable, ResourceEventHandler<ProxyAssemblage> {
  private final TestFleet hub;
  private final BiFunction<String, String, SyncState> script;
  private final SharedIndexInformer<ProxyAssemblage> assemblages;
  private final ExecutorService player = Executors.newSingleThreadExecutor();
  private final Map<String, Boolean> silent = new ConcurrentHashMap<>();

  /** Takes the state of a cluster under a tag from a script. */
  ScriptedAgent(TestFleet hub, BiFunction<String, String, SyncState> script) {
    this.hub = hub;
    this.script = script;
    assemblages =
        hub.client().resources(ProxyAssemblage.class).inNamespace(hub.namespace()).inform(this);
  }

  /** Says nothing more of a cluster. */
  void silence(String cluster) {
    silent.put(cluster, true);
  }

  void resume(String cluster) {
    silent.remove(cluster);
    play();
  }

  @Override
  public void onAdd(ProxyAssemblage assemblage) {
    play();
  }

  @Override
  public void onUpdate(ProxyAssemblage before, ProxyAssemblage after) {
    play();
  }

  @Override
  public void onDelete(ProxyAssemblage assemblage, boolean finalStateUnknown) {
    // Nothing is to be said of what is gone.
  }

  void play() {
    try {
      player.execute(() ->
          assemblages.getStore().list().stream()
              .filter(a -> !silent.containsKey(a.getMetadata().getName()))
              .forEach(this::play));
    } catch (RejectedExecutionException e) {
      // The test is over.
    }
  }

  private void play(ProxyAssemblage assemblage) {
    try {
      var syncs = assemblage.getSpec().assemblage().syncs();
      if (assemblage.getMetadata().getDeletionTimestamp() != null) {
        merge(assemblage, null, "{\"metadata\":{\"finalizers\":null}}");
      } else if (syncs.isEmpty()) {
        hub.client().resource(assemblage).delete();
      } else {
        var status = status(assemblage, syncs);
        if (!status.equals(assemblage.getStatus())) {
          merge(
              assemblage,
              "status",
              hub.client().getKubernetesSerialization().asJson(Map.of("status", status)));
        }
      }
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND
          && e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
  }

  private ProxyAssemblageStatus status(ProxyAssemblage assemblage, List<AssignedSync> syncs) {
    Map<String, SyncStatus> before =
        assemblage.getStatus() == null
            ? Map.of()
            : assemblage.getStatus().syncs().stream()
                .collect(Collectors.toMap(sync -> sync.key().toString(), sync -> sync));
    return new ProxyAssemblageStatus(
        assemblage.getMetadata().getGeneration(),
        null,
        null,
        null,
        assemblage.getMetadata().getNamespace(),
        syncs.stream()
            .map(sync ->
                status(assemblage.getMetadata().getName(), sync, before.get(sync.key().toString())))
            .toList(),
        List.of());
  }

  private SyncStatus status(String cluster, AssignedSync sync, @Nullable SyncStatus before) {
    var tag = String.valueOf(sync.source().git().version().tag());
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

  private void merge(ProxyAssemblage assemblage, @Nullable String subresource, String patch) {
    var resource = hub.client().resource(assemblage);
    var context = PatchContext.of(PatchType.JSON_MERGE);
    if (subresource == null) {
      resource.patch(context, patch);
    } else {
      resource.subresource(subresource).patch(context, patch);
    }
  }

  @Override
  public void close() {
    assemblages.close();
    player.shutdownNow();
  }
}
