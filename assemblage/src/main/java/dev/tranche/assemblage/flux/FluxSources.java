package dev.tranche.assemblage.flux;

import dev.tranche.assemblage.Drift;
import dev.tranche.assemblage.ExpandedSync;
import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.kube.ServerSideApply;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.flux.source.v1.HelmChart;
import dev.tranche.crd.flux.source.v1.OCIRepository;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sources that are ours, of three kinds that share no name. */
final class FluxSources {
  private static final Logger log = LoggerFactory.getLogger(FluxSources.class);

  private static final String BY_SOURCE = "source";
  private static final String REMEDY = "install Flux's source-controller, version 1.6 or newer";

  private final KubernetesClient client;
  private final FluxKind<GitRepository> gitRepositories;
  private final FluxKind<OCIRepository> ociRepositories;
  private final FluxKind<HelmChart> helmCharts;
  private final Map<ObjectKey, ReentrantLock> locks = new ConcurrentHashMap<>();

  /** Versions that were found to be as they should be. */
  private final Map<ObjectKey, StoredVersion> verified = new ConcurrentHashMap<>();

  FluxSources(KubernetesClient client, ServerSideApply apply, Namespaces namespaces) {
    this.client = client;
    gitRepositories =
        FluxKind.of(
            client, apply, GitRepository.class, namespaces, Optional.empty(), cache -> cache);
    ociRepositories =
        FluxKind.of(
            client, apply, OCIRepository.class, namespaces, Optional.of(REMEDY), cache -> cache);
    helmCharts =
        FluxKind.of(
            client,
            apply,
            HelmChart.class,
            namespaces,
            Optional.of(REMEDY),
            cache ->
                cache.indexed(Map.of(BY_SOURCE, chart -> List.of(sourceOf(chart).toString()))));
  }

  Stream<FluxKind<?>> kinds() {
    return Stream.of(gitRepositories, ociRepositories, helmCharts);
  }

  FluxKind<?> kindOf(HasMetadata source) {
    return switch (source) {
      case GitRepository _ -> gitRepositories;
      case OCIRepository _ -> ociRepositories;
      case HelmChart _ -> helmCharts;
      default -> throw new IllegalArgumentException(source.getKind() + " is no source");
    };
  }

  /** Calls somebody on every change of a source. */
  void onChange(ObjectCache.Listener<HasMetadata> listener) {
    gitRepositories.cache().onChange(listener::changed);
    ociRepositories.cache().onChange(listener::changed);
    helmCharts.cache().onChange(listener::changed);
  }

  /** All sources, as the watch shows them. */
  Stream<HasMetadata> all() {
    return kinds().flatMap(kind -> kind.cache().all());
  }

  /** The source of this name, of whatever kind. */
  Optional<HasMetadata> find(ObjectKey key) {
    return kinds()
        .flatMap(kind -> kind.find(key).stream().map(HasMetadata.class::cast))
        .findFirst();
  }

  /** The sources of a sync as far as they are there, in its order. */
  List<Optional<? extends HasMetadata>> of(ExpandedSync sync) {
    return sync.sources().stream()
        .<Optional<? extends HasMetadata>>map(source -> kindOf(source).find(ObjectKey.of(source)))
        .toList();
  }

  /** Whether another source is made from it. */
  boolean isUsedByOther(ObjectKey source) {
    return !helmCharts.cache().byIndex(BY_SOURCE, source.toString()).isEmpty();
  }

  /** What a HelmChart is made from. */
  static ObjectKey sourceOf(HelmChart chart) {
    var reference = chart.getSpec().getSourceRef();
    return new ObjectKey(
        chart.getMetadata().getNamespace(),
        reference == null ? "" : String.valueOf(reference.getName()));
  }

  /**
   * Writes a source where it is missing, or not as it should be. A thousand assemblages that need
   * the same new source at the same moment write it once.
   */
  void bring(HasMetadata source) {
    var key = ObjectKey.of(source);
    var lock = locks.computeIfAbsent(key, k -> new ReentrantLock());
    lock.lock();
    try {
      var kind = kindOf(source);
      HasMetadata stored = kind.find(key).orElse(null);
      if (stored != null) {
        var version = StoredVersion.of(stored);
        if (version.equals(verified.get(key)) || !Drift.between(source, stored).any()) {
          verified.put(key, version);
          return;
        }
      }
      kind.write(source);
      var word = FluxObjects.word(source);
      log.atInfo().addKeyValue(word, key).log(word + (stored == null ? " created" : " changed"));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Deletes this version of a source and no other.
   *
   * @return false where it was changed meanwhile, as Flux often does
   */
  boolean delete(HasMetadata source) {
    if (!FluxKind.deleteExactly(client, source)) {
      return false;
    }
    var key = ObjectKey.of(source);
    verified.remove(key);
    locks.remove(key);
    var word = FluxObjects.word(source);
    log.atInfo().addKeyValue(word, key).log(word + " deleted, not used any more");
    return true;
  }
}
