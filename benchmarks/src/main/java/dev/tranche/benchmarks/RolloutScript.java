package dev.tranche.benchmarks;

import dev.tranche.crd.clusterapi.v1beta2.Cluster;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Carries a rollout of a control plane out once more in another namespace, batch by batch: it makes
 * the same writes, waits for Flux as the control plane does, and has nothing to decide.
 */
final class RolloutScript implements AutoCloseable {
  private static final int WORKERS = 8;
  private static final Duration BATCH_WITHIN = Duration.ofMinutes(2);
  private final Site site;
  private final ModuleCopy module;
  private final String namespace;
  private final HasMetadata cluster;
  private final SimulatedFlux flux;
  private final SharedIndexInformer<Kustomization> kustomizations;

  /** What comes next once Flux has applied a Kustomization. */
  private final Map<String, Runnable> awaited = new ConcurrentHashMap<>();

  /** Which generation of a Kustomization is to be applied. */
  private final Map<String, Long> generations = new ConcurrentHashMap<>();

  private final ExecutorService workers = Executors.newFixedThreadPool(WORKERS);

  private RolloutScript(Site site, ModuleCopy module, String namespace, HasMetadata cluster) {
    this.site = site;
    this.module = module;
    this.namespace = namespace;
    this.cluster = cluster;
    flux = SimulatedFlux.start(client(), namespace);
    kustomizations =
        client().resources(Kustomization.class).inNamespace(namespace).runnableInformer(0);
    kustomizations.addEventHandler(
        new ResourceEventHandler<>() {
          @Override
          public void onAdd(Kustomization kustomization) {
            changed(kustomization);
          }

          @Override
          public void onUpdate(Kustomization before, Kustomization after) {
            changed(after);
          }

          @Override
          public void onDelete(Kustomization kustomization, boolean finalStateUnknown) {
            // None is deleted.
          }
        });
    kustomizations.run();
  }

  /**
   * Brings another namespace to where the site is.
   *
   * @param writes by which the site came there
   */
  static RolloutScript prepare(Site site, Module module, Writes writes, String namespace) {
    BareClient.like(site, writes.of("remoteassemblages", "gitrepositories", "kustomizations"))
        .write(namespace);
    var owner =
        site.client().resources(Cluster.class).inNamespace(namespace).withName("owner").require();
    return new RolloutScript(site, ModuleCopy.create(site, module, namespace), namespace, owner);
  }

  /**
   * Makes the writes of a rollout that the site has behind it.
   *
   * @param batches the clusters of which each is waited for before those of the next are written
   * @return how long it took
   */
  Duration run(List<List<String>> batches, Writes writes) {
    var sources = stored(GitRepository.class, site.namespace(), RolloutScript::nameOf);
    var others = others(writes);
    var prepared = prepared();
    long begin = System.nanoTime();
    sources
        .values()
        .forEach(source -> BareClient.apply(client(), BareClient.copy(source, namespace)));
    for (int i = 0; i < batches.size(); i++) {
      carryOut(
          batches.get(i).stream().map(prepared::get).toList(),
          others.subList(
              others.size() * i / batches.size(), others.size() * (i + 1) / batches.size()));
    }
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  /** What is written for one cluster. */
  private record Assignment(
      RemoteAssemblage assemblage, Kustomization kustomization, RemoteAssemblage status) {}

  private Map<String, Assignment> prepared() {
    var owners = stored(RemoteAssemblage.class, namespace, RolloutScript::nameOf);
    var kustomizations =
        stored(
            Kustomization.class,
            site.namespace(),
            k -> k.getMetadata().getOwnerReferences().getFirst().getName());
    return stored(RemoteAssemblage.class, site.namespace(), RolloutScript::nameOf).values().stream()
        .collect(
            Collectors.toMap(
                RolloutScript::nameOf,
                assemblage -> {
                  var wanted = BareClient.copy(assemblage, namespace, cluster);
                  wanted.getMetadata().setResourceVersion(null);
                  var name = nameOf(assemblage);
                  return new Assignment(
                      wanted,
                      BareClient.copy(
                          Objects.requireNonNull(kustomizations.get(name)),
                          namespace,
                          Objects.requireNonNull(owners.get(name))),
                      BareClient.statusOf(assemblage, namespace));
                }));
  }

  /** What was written for the module itself: its status, events, and its history. */
  private List<Runnable> others(Writes writes) {
    var others = new ArrayList<Runnable>();
    repeat(writes.exactly("modules/status").count(), others, module.status());
    repeat(writes.exactly("events").count(), others, module::event);
    repeat(writes.exactly("controllerrevisions").count(), others, module::history);
    return others;
  }

  private static void repeat(int count, List<Runnable> list, Runnable task) {
    list.addAll(Collections.nCopies(count, task));
  }

  private void carryOut(List<Assignment> assignments, List<Runnable> others) {
    var left = new CountDownLatch(assignments.size() + others.size());
    assignments.forEach(assignment ->
        awaited.put(
            nameOf(assignment.kustomization()),
            () -> {
              BareClient.applyStatus(client(), assignment.status());
              left.countDown();
            }));
    assignments.forEach(assignment ->
        workers.execute(() -> {
          BareClient.apply(client(), assignment.assemblage());
          var name = nameOf(assignment.kustomization());
          generations.put(
              name,
              BareClient.apply(client(), assignment.kustomization()).getMetadata().getGeneration());
          Optional.ofNullable(
                  kustomizations.getStore().getByKey(Cache.namespaceKeyFunc(namespace, name)))
              .ifPresent(this::changed);
        }));
    others.forEach(other ->
        workers.execute(() -> {
          other.run();
          left.countDown();
        }));
    try {
      if (!left.await(BATCH_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
        throw new BenchmarkException("a batch of the script is not done: " + awaited.keySet());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchmarkException("interrupted", e);
    }
  }

  private void changed(Kustomization kustomization) {
    var name = nameOf(kustomization);
    var generation = generations.get(name);
    if (generation != null && SimulatedFlux.hasApplied(kustomization, generation)) {
      Optional.ofNullable(awaited.remove(name))
          .ifPresent(next -> {
            generations.remove(name);
            workers.execute(next);
          });
    }
  }

  private <T extends HasMetadata> Map<String, T> stored(
      Class<T> kind, String namespace, Function<T, String> key) {
    return client().resources(kind).inNamespace(namespace).list().getItems().stream()
        .collect(Collectors.toMap(key, object -> object));
  }

  private static String nameOf(HasMetadata object) {
    return object.getMetadata().getName();
  }

  private KubernetesClient client() {
    return site.client();
  }

  @Override
  public void close() {
    kustomizations.close();
    flux.close();
    workers.shutdownNow();
  }
}
