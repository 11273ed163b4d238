package dev.tranche.benchmarks;

import dev.tranche.assemblage.kube.ServerSideApply;
import dev.tranche.crd.clusterapi.v1beta2.Cluster;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.testbed.AuditEvent;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a control plane has written once more, in the same order, into another namespace, as
 * fast as one client can: it knows all bodies from the beginning, decides nothing and watches
 * nothing.
 */
final class BareClient {
  static final int WORKERS = 8;
  private static final Duration OWNER_WITHIN = Duration.ofMinutes(1);
  private static final PatchContext STATUS =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager("script")
          .withForce(true)
          .build();

  private final KubernetesClient client;
  private final List<HasMetadata> objects;

  private BareClient(KubernetesClient client, List<HasMetadata> objects) {
    this.client = client;
    this.objects = objects;
  }

  /** How long it took from the beginning to the last write of either. */
  record Times(Duration assemblages, Duration all) {}

  /** Takes the bodies from what is there, and the order from who wrote it. */
  static BareClient like(Site site, Writes writes) {
    var stored = new HashMap<String, HasMetadata>();
    Stream.of(RemoteAssemblage.class, GitRepository.class, Kustomization.class)
        .flatMap(kind ->
            site.client().resources(kind).inNamespace(site.namespace()).list().getItems().stream())
        .forEach(object -> stored.put(object.getPlural() + "/" + nameOf(object), object));
    return new BareClient(
        site.client(),
        writes.events().stream()
            .sorted(Comparator.comparing(AuditEvent::time))
            .map(event -> stored.remove(event.resource() + "/" + event.name()))
            .filter(Objects::nonNull)
            .toList());
  }

  /** Writes everything into a new namespace. */
  Times write(String namespace) {
    client
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
        .create();
    // One owner for all, since what has none would be collected meanwhile.
    var cluster =
        client
            .resource(
                Serialization.unmarshal(
                    """
                    apiVersion: cluster.x-k8s.io/v1beta2
                    kind: Cluster
                    metadata: {name: owner, namespace: %s}
                    spec: {controlPlaneEndpoint: {host: 127.0.0.1, port: 6443}}
                    """
                        .formatted(namespace),
                    Cluster.class))
            .create();
    var assemblages = new ConcurrentHashMap<String, CompletableFuture<RemoteAssemblage>>();
    var lastAssemblage = new AtomicLong();
    long begin = System.nanoTime();
    Workers.forEach(
        WORKERS,
        objects,
        object -> {
          switch (object) {
            case RemoteAssemblage assemblage -> {
              promise(assemblages, nameOf(object))
                  .complete(apply(client, copy(assemblage, namespace, cluster)));
              lastAssemblage.accumulateAndGet(System.nanoTime(), Math::max);
            }
            case Kustomization kustomization -> {
              var owner = object.getMetadata().getOwnerReferences().getFirst().getName();
              apply(client, copy(kustomization, namespace, promise(assemblages, owner).join()));
            }
            case GitRepository source -> apply(client, copy(source, namespace));
            default -> throw new IllegalStateException(object.getKind());
          }
        });
    return new Times(
        Duration.ofNanos(lastAssemblage.get() - begin),
        Duration.ofNanos(System.nanoTime() - begin));
  }

  private static CompletableFuture<RemoteAssemblage> promise(
      Map<String, CompletableFuture<RemoteAssemblage>> promises, String name) {
    return promises.computeIfAbsent(
        name,
        n ->
            new CompletableFuture<RemoteAssemblage>()
                .orTimeout(OWNER_WITHIN.toSeconds(), TimeUnit.SECONDS));
  }

  static <T extends HasMetadata> T apply(KubernetesClient client, T object) {
    return client
        .resource(object)
        .fieldManager(ServerSideApply.FIELD_MANAGER)
        .forceConflicts()
        .serverSideApply();
  }

  static void applyStatus(KubernetesClient client, HasMetadata object) {
    client.resource(object).subresource("status").patch(STATUS);
  }

  /** The status alone, for {@link #applyStatus}. */
  static RemoteAssemblage statusOf(RemoteAssemblage assemblage, String namespace) {
    var status = new RemoteAssemblage();
    status.setMetadata(
        new ObjectMetaBuilder().withName(nameOf(assemblage)).withNamespace(namespace).build());
    status.setStatus(assemblage.getStatus());
    return status;
  }

  private static String nameOf(HasMetadata object) {
    return object.getMetadata().getName();
  }

  static RemoteAssemblage copy(RemoteAssemblage assemblage, String namespace, HasMetadata owner) {
    var copy = new RemoteAssemblage();
    copy.setMetadata(metadata(assemblage, namespace, owner));
    copy.getMetadata().setResourceVersion(ServerSideApply.CREATE_ONLY);
    copy.setSpec(assemblage.getSpec());
    return copy;
  }

  static GitRepository copy(GitRepository source, String namespace) {
    var copy = new GitRepository();
    copy.setMetadata(metadata(source, namespace, null));
    copy.setSpec(source.getSpec());
    copy.setStatus(null);
    return copy;
  }

  static Kustomization copy(
      Kustomization kustomization, String namespace, @Nullable HasMetadata owner) {
    var copy = new Kustomization();
    copy.setMetadata(metadata(kustomization, namespace, owner));
    copy.setSpec(kustomization.getSpec());
    copy.setStatus(null);
    return copy;
  }

  private static ObjectMeta metadata(
      HasMetadata object, String namespace, @Nullable HasMetadata owner) {
    var metadata = object.getMetadata();
    return new ObjectMetaBuilder()
        .withNamespace(namespace)
        .withName(metadata.getName())
        .withLabels(metadata.getLabels())
        .withAnnotations(metadata.getAnnotations())
        .withFinalizers(metadata.getFinalizers())
        .withOwnerReferences(Stream.ofNullable(owner).map(BareClient::reference).toList())
        .build();
  }

  private static OwnerReference reference(HasMetadata owner) {
    return new OwnerReferenceBuilder()
        .withApiVersion(owner.getApiVersion())
        .withKind(owner.getKind())
        .withName(owner.getMetadata().getName())
        .withUid(owner.getMetadata().getUid())
        .withController(true)
        .build();
  }
}
