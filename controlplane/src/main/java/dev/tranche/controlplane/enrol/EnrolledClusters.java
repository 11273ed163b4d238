package dev.tranche.controlplane.enrol;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The enrolled clusters of one namespace of the hub. */
final class EnrolledClusters {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** By force: who enrols a cluster with a label means it, whoever set another value before. */
  private static final PatchContext APPLY =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager("tranche-enrol")
          .withForce(true)
          .build();

  private static final ResourceDefinitionContext CLUSTERS =
      new ResourceDefinitionContext.Builder()
          .withGroup("cluster.x-k8s.io")
          .withVersion("v1beta2")
          .withKind("Cluster")
          .withPlural("clusters")
          .withNamespaced(true)
          .build();

  private final KubernetesClient hub;
  private final String namespace;

  EnrolledClusters(KubernetesClient hub, String namespace) {
    this.hub = hub;
    this.namespace = namespace;
  }

  /** Enrols a cluster, or brings an enrolled one up to date; says whether it is a new one. */
  boolean put(Enrolment enrolment) {
    var name = enrolment.name();
    var existing = cluster(name).get();
    refuseForeign(existing, "enrolled");
    if (existing != null && existing.isMarkedForDeletion()) {
      throw new EnrolmentException(
          "Cluster %s/%s is being deleted; enrol it when it is gone".formatted(namespace, name));
    }
    var kept = secret(name).get();
    if (kept != null && !Enrolment.SECRET_TYPE.equals(kept.getType())) {
      throw new EnrolmentException(
          "Secret %s/%s is there already with type %s; delete it or choose another name"
              .formatted(namespace, Enrolment.secretName(name), kept.getType()));
    }
    // Initialised last: from then on the cluster takes part, and needs its kubeconfig.
    var applied = clusters(enrolment.cluster()).patch(APPLY);
    hub.resource(enrolment.secret(applied.getMetadata().getUid())).patch(APPLY);
    clusters(applied).subresource("status").patch(APPLY, enrolment.initialized());
    await(() ->
        isInitialized(cluster(name).get())
            ? null
            : "Cluster %s/%s is not marked as initialised: something keeps changing its status"
                .formatted(namespace, name));
    return existing == null;
  }

  /** Removes a cluster; says whether there was one. */
  boolean remove(String name) {
    var existing = cluster(name).get();
    refuseForeign(existing, "removed");
    var secret = secret(name).get();
    var ours = secret != null && Enrolment.SECRET_TYPE.equals(secret.getType());
    cluster(name).delete();
    awaitGone("Cluster", cluster(name));
    if (ours) {
      secret(name).delete();
      awaitGone("Secret", secret(name));
    }
    return existing != null || ours;
  }

  private void refuseForeign(@Nullable GenericKubernetesResource cluster, String what) {
    if (cluster == null) {
      return;
    }
    List.of("topology", "controlPlaneRef", "infrastructureRef").stream()
        .filter(field -> cluster.get("spec", field) != null)
        .findFirst()
        .ifPresent(field -> {
          throw new EnrolmentException(
              "Cluster %s/%s is run by Cluster API itself (it has spec.%s): it is part of the fleet already, and not to be %s here"
                  .formatted(namespace, cluster.getMetadata().getName(), field, what));
        });
  }

  private static boolean isInitialized(@Nullable GenericKubernetesResource cluster) {
    return cluster != null
        && Boolean.TRUE.equals(cluster.get("status", "initialization", "controlPlaneInitialized"));
  }

  private Resource<GenericKubernetesResource> cluster(String name) {
    return hub.genericKubernetesResources(CLUSTERS).inNamespace(namespace).withName(name);
  }

  private Resource<GenericKubernetesResource> clusters(GenericKubernetesResource cluster) {
    return hub.genericKubernetesResources(CLUSTERS).inNamespace(namespace).resource(cluster);
  }

  private Resource<Secret> secret(String cluster) {
    return hub.secrets().inNamespace(namespace).withName(Enrolment.secretName(cluster));
  }

  private void awaitGone(String kind, Resource<? extends HasMetadata> resource) {
    await(() -> {
      var left = resource.get();
      return left == null
          ? null
          : "%s %s/%s is deleted but not gone: it waits for the finalizers %s"
              .formatted(
                  kind,
                  namespace,
                  left.getMetadata().getName(),
                  left.getMetadata().getFinalizers());
    });
  }

  /** Waits until nothing is amiss any more. */
  private static void await(Supplier<@Nullable String> amiss) {
    var until = Instant.now().plus(PATIENCE);
    for (var left = amiss.get(); left != null; left = amiss.get()) {
      if (Instant.now().isAfter(until)) {
        throw new EnrolmentException(left);
      }
      try {
        Thread.sleep(Duration.ofMillis(200));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new EnrolmentException(left);
      }
    }
  }
}
