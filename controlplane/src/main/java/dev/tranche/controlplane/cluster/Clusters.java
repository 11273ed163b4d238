package dev.tranche.controlplane.cluster;

import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.crd.v1alpha1.KubeconfigRef;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The clusters of the fleet. */
public final class Clusters implements AutoCloseable {
  private static final String KUBECONFIG_SUFFIX = "-kubeconfig";
  private static final String PAUSED_ANNOTATION = "cluster.x-k8s.io/paused";

  /** On a Cluster, the namespace in the cluster in which its Assemblage is to stand. */
  public static final String TARGET_NAMESPACE = "fleet.tranche.dev/target-namespace";

  /**
   * What Cluster API 1.13 says until it tried often enough, with the reason of a probe that failed.
   */
  private static final String NOT_TRIED_YET = "Remote connection not established yet";

  private final Source<?> source;
  private final Kubeconfigs kubeconfigs;
  private final Reachabilities reachabilities;

  private Clusters(Source<?> source, Kubeconfigs kubeconfigs, Reachabilities reachabilities) {
    this.source = source;
    this.kubeconfigs = kubeconfigs;
    this.reachabilities = reachabilities;
  }

  /**
   * The clusters of these namespaces, in the newest version of Cluster API that both sides know.
   *
   * @param kubeconfigs is started and ended by its owner
   * @param reachabilities what our own connections find out
   */
  public static Clusters of(
      KubernetesClient client,
      Namespaces namespaces,
      Kubeconfigs kubeconfigs,
      Reachabilities reachabilities) {
    var beta2 = client.getApiResources("cluster.x-k8s.io/v1beta2") != null;
    return new Clusters(
        beta2
            ? new Source<>(
                client,
                dev.tranche.crd.clusterapi.v1beta2.Cluster.class,
                namespaces,
                Clusters::facts)
            : new Source<>(
                client,
                dev.tranche.crd.clusterapi.v1beta1.Cluster.class,
                namespaces,
                Clusters::facts),
        kubeconfigs,
        reachabilities);
  }

  /** The cluster with this name, also while it is being deleted. */
  public Optional<ClusterView> find(ObjectKey key) {
    return source.find(key).map(this::view);
  }

  /** The clusters of a namespace, in no order, also those being deleted. */
  public Stream<ClusterView> inNamespace(String namespace) {
    return source.inNamespace(namespace).map(this::view);
  }

  /** Starts to read; returns at once. */
  public void start() {
    source.cache.start();
  }

  /** Whether all were read once. */
  public boolean synced() {
    return source.cache.synced() && kubeconfigs.synced();
  }

  /** Calls somebody with the key of every cluster of which something changed that a view shows. */
  public void onChange(Consumer<ObjectKey> listener) {
    source.onChange(listener);
    reachabilities.onChange(listener);
    kubeconfigs.onChange(secret -> {
      if (secret.name().endsWith(KUBECONFIG_SUFFIX)) {
        var cluster =
            secret.name().substring(0, secret.name().length() - KUBECONFIG_SUFFIX.length());
        listener.accept(new ObjectKey(secret.namespace(), cluster));
      }
    });
  }

  @Override
  public void close() {
    source.cache.close();
  }

  private ClusterView view(Facts facts) {
    var key = facts.key();
    return new ClusterView(
        key,
        facts.uid(),
        facts.apiVersion(),
        facts.labels(),
        facts.deleting(),
        facts.paused(),
        facts.initialized(),
        facts.targetNamespace(),
        unreachable(facts),
        kubeconfigs.state(
            new ObjectKey(key.namespace(), key.name() + KUBECONFIG_SUFFIX),
            KubeconfigRef.DEFAULT_KEY));
  }

  private ClusterView.@Nullable Unreachable unreachable(Facts facts) {
    if (reachabilities.of(facts.key()) instanceof Reachability.Unreachable known) {
      return new ClusterView.Unreachable(true, known.sentence());
    }
    return facts.unreachable() == null
        ? null
        : new ClusterView.Unreachable(false, "Cluster API cannot reach it: " + facts.unreachable());
  }

  /** What a Cluster says, whatever its version. */
  record Facts(
      ObjectKey key,
      String uid,
      String apiVersion,
      Map<String, String> labels,
      boolean deleting,
      boolean paused,
      boolean initialized,
      @Nullable String targetNamespace,
      @Nullable String unreachable) {}

  static Facts facts(dev.tranche.crd.clusterapi.v1beta2.Cluster cluster) {
    var status = cluster.getStatus();
    return facts(
        cluster,
        cluster.getSpec() != null && Boolean.TRUE.equals(cluster.getSpec().getPaused()),
        status != null
            && status.getInitialization() != null
            && Boolean.TRUE.equals(status.getInitialization().getControlPlaneInitialized()),
        status == null ? null : status.getConditions());
  }

  static Facts facts(dev.tranche.crd.clusterapi.v1beta1.Cluster cluster) {
    var status = cluster.getStatus();
    return facts(
        cluster,
        cluster.getSpec() != null && Boolean.TRUE.equals(cluster.getSpec().getPaused()),
        // The field; the condition stays False for a cluster that was enrolled by hand.
        status != null && Boolean.TRUE.equals(status.getControlPlaneReady()),
        status == null || status.getV1beta2() == null ? null : status.getV1beta2().getConditions());
  }

  private static Facts facts(
      HasMetadata cluster,
      boolean paused,
      boolean initialized,
      @Nullable List<Condition> conditions) {
    var metadata = cluster.getMetadata();
    return new Facts(
        ObjectKey.of(cluster),
        metadata.getUid(),
        cluster.getApiVersion(),
        metadata.getLabels() == null ? Map.of() : metadata.getLabels(),
        metadata.getDeletionTimestamp() != null,
        paused
            || (metadata.getAnnotations() != null
                && metadata.getAnnotations().containsKey(PAUSED_ANNOTATION)),
        initialized,
        metadata.getAnnotations() == null ? null : metadata.getAnnotations().get(TARGET_NAMESPACE),
        unreachable(conditions));
  }

  private static @Nullable String unreachable(@Nullable List<Condition> conditions) {
    if (conditions == null) {
      return null;
    }
    return conditions.stream()
        .filter(condition ->
            "RemoteConnectionProbe".equals(condition.getType())
                && "False".equals(condition.getStatus()))
        .filter(condition -> !NOT_TRIED_YET.equals(condition.getMessage()))
        .map(condition -> Objects.requireNonNullElse(condition.getMessage(), ""))
        .findFirst()
        .orElse(null);
  }

  private static final class Source<T extends HasMetadata> {
    private final ObjectCache<T> cache;
    private final java.util.function.Function<T, Facts> facts;

    Source(
        KubernetesClient client,
        Class<T> type,
        Namespaces namespaces,
        java.util.function.Function<T, Facts> facts) {
      this.cache = ObjectCache.of(client, type, namespaces).build();
      this.facts = facts;
    }

    Optional<Facts> find(ObjectKey key) {
      return cache.find(key).map(facts);
    }

    Stream<Facts> inNamespace(String namespace) {
      return cache.inNamespace(namespace).stream().map(facts);
    }

    void onChange(Consumer<ObjectKey> listener) {
      cache.onChange((before, after) -> {
        var old = before == null ? null : facts.apply(before);
        var now = after == null ? null : facts.apply(after);
        // Cluster API touches a Cluster far more often than anything changes that matters here.
        if (!Objects.equals(old, now)) {
          listener.accept(old == null ? Objects.requireNonNull(now).key() : old.key());
        }
      });
    }
  }
}
