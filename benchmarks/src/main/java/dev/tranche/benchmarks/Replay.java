package dev.tranche.benchmarks;

import dev.tranche.crd.clusterapi.v1beta2.Cluster;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.testbed.AuditEvent;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes all writes of a control plane once more in another namespace, in the same order and as fast
 * as one client can, while another simulated Flux applies what is written. It decides nothing,
 * waits for no batch, and reads nothing: a control plane that makes these writes can hardly be
 * faster.
 */
final class Replay {
  private final Site site;
  private final String namespace;
  private final List<ModuleCopy> modules;
  private final AtomicInteger turn = new AtomicInteger();
  private final Map<String, Long> generations = new ConcurrentHashMap<>();

  private Replay(Site site, String namespace, List<ModuleCopy> modules) {
    this.site = site;
    this.namespace = namespace;
    this.modules = modules;
  }

  /**
   * Brings another namespace to where the site was before.
   *
   * @param before what was written until then
   */
  static Replay prepare(Site site, List<Module> modules, BareClient before, String namespace) {
    before.write(namespace);
    return new Replay(
        site,
        namespace,
        modules.stream().map(module -> ModuleCopy.create(site, module, namespace)).toList());
  }

  /**
   * Makes the writes by which the site came from there to where it is.
   *
   * @return how long it took until Flux had applied all of it
   */
  Duration run(Writes writes) {
    try (var flux = SimulatedFlux.start(client(), namespace)) {
      Wait.until("the first version is applied", flux::hasAppliedAll);
      var again = again(writes);
      long begin = System.nanoTime();
      Workers.forEach(BareClient.WORKERS, again, Runnable::run);
      Wait.until(
          "the next version is applied",
          () ->
              generations.entrySet().stream()
                  .allMatch(entry -> flux.hasApplied(entry.getKey(), entry.getValue())));
      return Duration.ofNanos(System.nanoTime() - begin);
    }
  }

  private List<Runnable> again(Writes writes) {
    var bodies =
        new Bodies(
            Objects.requireNonNull(stored(Cluster.class, namespace).get("owner")),
            stored(RemoteAssemblage.class, namespace),
            stored(RemoteAssemblage.class, site.namespace()),
            stored(GitRepository.class, site.namespace()),
            stored(Kustomization.class, site.namespace()),
            modules.stream()
                .collect(Collectors.toMap(copy -> nameOf(copy.module()), ModuleCopy::status)));
    return writes.events().stream()
        .filter(event -> event.code() < 400)
        .sorted(Comparator.comparing(AuditEvent::time))
        .map(event -> again(event, bodies))
        .filter(Objects::nonNull)
        .toList();
  }

  /** What there is at the site, and the owners of it in the other namespace. */
  private record Bodies(
      Cluster cluster,
      Map<String, RemoteAssemblage> owners,
      Map<String, RemoteAssemblage> assemblages,
      Map<String, GitRepository> sources,
      Map<String, Kustomization> kustomizations,
      Map<String, Runnable> statuses) {}

  private @Nullable Runnable again(AuditEvent event, Bodies bodies) {
    var name = event.name();
    return switch (Writes.resource(event)) {
      case "gitrepositories" -> {
        var source = bodies.sources().get(name);
        yield source == null
            ? () -> deleteSource(name)
            : () -> BareClient.apply(client(), BareClient.copy(source, namespace));
      }
      case "kustomizations" -> {
        var kustomization = Objects.requireNonNull(bodies.kustomizations().get(name));
        var owner = kustomization.getMetadata().getOwnerReferences().getFirst().getName();
        var copy =
            BareClient.copy(
                kustomization, namespace, Objects.requireNonNull(bodies.owners().get(owner)));
        yield () -> apply(copy);
      }
      case "remoteassemblages" -> {
        var assemblage = Objects.requireNonNull(bodies.assemblages().get(name));
        yield () -> apply(assemblage, bodies.cluster());
      }
      case "remoteassemblages/status" -> {
        var status =
            BareClient.statusOf(Objects.requireNonNull(bodies.assemblages().get(name)), namespace);
        yield () -> BareClient.applyStatus(client(), status);
      }
      case "modules/status" -> bodies.statuses().get(name);
      case "events" -> () -> module().event();
      case "controllerrevisions" -> () -> module().history();
      default -> null;
    };
  }

  private void apply(Kustomization kustomization) {
    var written = BareClient.apply(client(), kustomization);
    generations.put(nameOf(written), written.getMetadata().getGeneration());
  }

  /** What was written of an assemblage in between is not known; a number makes each one differ. */
  private void apply(RemoteAssemblage assemblage, HasMetadata cluster) {
    var copy = BareClient.copy(assemblage, namespace, cluster);
    copy.getMetadata().setResourceVersion(null);
    copy.getMetadata().setAnnotations(Map.of("write", String.valueOf(turn.incrementAndGet())));
    BareClient.apply(client(), copy);
  }

  private void deleteSource(String name) {
    client().resources(GitRepository.class).inNamespace(namespace).withName(name).delete();
  }

  /** The next one in turn. */
  private ModuleCopy module() {
    return modules.get(turn.incrementAndGet() % modules.size());
  }

  private <T extends HasMetadata> Map<String, T> stored(Class<T> kind, String where) {
    return client().resources(kind).inNamespace(where).list().getItems().stream()
        .collect(Collectors.toMap(Replay::nameOf, object -> object));
  }

  private static String nameOf(HasMetadata object) {
    return object.getMetadata().getName();
  }

  private KubernetesClient client() {
    return site.client();
  }
}
