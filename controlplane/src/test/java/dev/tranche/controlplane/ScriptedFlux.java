package dev.tranche.controlplane;

import static dev.tranche.controlplane.PlayedFlux.artifactOf;
import static dev.tranche.controlplane.PlayedFlux.condition;

import dev.tranche.assemblage.Expansion;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.v1alpha1.SyncState;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.net.HttpURLConnection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/**
 * Plays Flux's part by itself on a hub without it: every version succeeds at once in every cluster,
 * but for what a test says.
 */
final class ScriptedFlux implements AutoCloseable {
  private enum Outcome {
    SUCCEEDS,
    FAILS,
    HANGS
  }

  private static final String EVERYWHERE = "*";

  private final PlayedFlux flux;
  private final SharedIndexInformer<GitRepository> sources;
  private final SharedIndexInformer<Kustomization> kustomizations;
  private final Map<String, Outcome> script = new ConcurrentHashMap<>();
  private final ExecutorService player = Executors.newSingleThreadExecutor();
  private final ScriptedAgent agent;
  // Of the player's thread alone.
  private final Map<String, String> played = new HashMap<>();

  private ScriptedFlux(TestFleet hub) {
    flux = new PlayedFlux(hub);
    sources = hub.client().resources(GitRepository.class).inNamespace(hub.namespace()).inform();
    kustomizations =
        hub.client().resources(Kustomization.class).inNamespace(hub.namespace()).inform();
    sources.addEventHandler(new Changes<>(this::play));
    kustomizations.addEventHandler(new Changes<>(this::play));
    agent =
        new ScriptedAgent(
            hub,
            (cluster, tag) ->
                switch (outcome(cluster, tag)) {
                  case SUCCEEDS -> SyncState.SUCCEEDED;
                  case FAILS -> SyncState.FAILED;
                  case HANGS -> SyncState.UPDATING;
                });
  }

  /** Those of its clusters that apply for themselves. */
  ScriptedAgent agent() {
    return agent;
  }

  private Outcome outcome(String cluster, String tag) {
    return script.getOrDefault(
        cluster + " " + tag, script.getOrDefault(EVERYWHERE + " " + tag, Outcome.SUCCEEDS));
  }

  static ScriptedFlux on(TestFleet hub) {
    return new ScriptedFlux(hub);
  }

  /** From now on this version fails in this cluster. */
  void fails(String cluster, String tag) {
    say(cluster, tag, Outcome.FAILS);
  }

  /** Nothing more is said of this version in this cluster. */
  void hangs(String cluster, String tag) {
    say(cluster, tag, Outcome.HANGS);
  }

  /** Nothing more is said of this version in any cluster. */
  void hangs(String tag) {
    say(EVERYWHERE, tag, Outcome.HANGS);
  }

  /** From now on this version succeeds in this cluster. */
  void succeeds(String cluster, String tag) {
    say(cluster, tag, Outcome.SUCCEEDS);
  }

  /** From now on this version succeeds in every cluster. */
  void succeeds(String tag) {
    script.keySet().removeIf(key -> key.endsWith(" " + tag));
    play();
    agent.play();
  }

  @Override
  public void close() {
    agent.close();
    sources.close();
    kustomizations.close();
    player.shutdownNow();
  }

  private void say(String cluster, String tag, Outcome outcome) {
    script.put(cluster + " " + tag, outcome);
    play();
    agent.play();
  }

  private void play() {
    try {
      player.execute(() -> {
        sources.getStore().list().forEach(source -> once(source, "", () -> flux.fetched(source)));
        kustomizations.getStore().list().forEach(this::play);
      });
    } catch (RejectedExecutionException e) {
      // The test is over.
    }
  }

  private void play(Kustomization kustomization) {
    var metadata = kustomization.getMetadata();
    var source =
        sources
            .getStore()
            .getByKey(
                Cache.namespaceKeyFunc(
                    metadata.getNamespace(), kustomization.getSpec().getSourceRef().getName()));
    if (source == null) {
      return;
    }
    var tag = source.getSpec().getRef().getTag();
    var cluster = String.valueOf(metadata.getAnnotations().get(Expansion.ASSEMBLAGE));
    var outcome = outcome(cluster, tag);
    long generation = metadata.getGeneration();
    once(
        kustomization,
        outcome.name(),
        () -> {
          switch (outcome) {
            case SUCCEEDS ->
                flux.applied(
                    kustomization,
                    generation,
                    artifactOf(source),
                    condition("Ready", "True", generation, "ReconciliationSucceeded"));
            case FAILS -> flux.failed(kustomization, "BuildFailed", tag + " is broken");
            case HANGS -> {}
          }
        });
  }

  private void once(HasMetadata object, String word, Runnable saying) {
    var state =
        object.getMetadata().getGeneration()
            + word
            + object.getMetadata().getAnnotations().get("reconcile.fluxcd.io/requestedAt");
    if (state.equals(played.get(object.getMetadata().getUid()))) {
      return;
    }
    try {
      saying.run();
      played.put(object.getMetadata().getUid(), state);
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
  }

  private record Changes<T>(Runnable listener) implements ResourceEventHandler<T> {
    @Override
    public void onAdd(T object) {
      listener.run();
    }

    @Override
    public void onUpdate(T before, T after) {
      listener.run();
    }

    @Override
    public void onDelete(T object, boolean finalStateUnknown) {
      // Nothing is to be said of what is gone.
    }
  }
}
