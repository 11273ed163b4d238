package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.clusterapi.v1beta2.Cluster;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.testbed.AuditEvent;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Every write has a reason: few until all is Ready, and none when nothing changes. */
@FleetTest
class AtRestTest {
  /** Enough that what is written once for a module does not count for much. */
  private static final List<String> CLUSTERS =
      IntStream.rangeClosed(1, 20).mapToObj(i -> "cluster-" + i).toList();

  private static final int WRITES_PER_ASSIGNMENT = 4;

  @Test
  void writesLittleAndThenNothing(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var repository = fleet.git().createRepository(namespace.name());
    repository.commit(
        Map.of(
            "cm.yaml",
            """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: "${CLUSTER}", namespace: %s}
            data: {region: "${REGION}"}
            """
                .formatted(namespace.name())),
        "One");
    repository.tag("v1");
    // One API server under many names: what is written for each is the same.
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var hub = TestFleet.in(namespace);
    var hands = new Hands(hub);
    var flux = new PlayedFlux(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      CLUSTERS.forEach(cluster -> hub.enrol(cluster, alpha, Map.of("region", "eu")));
      Writes.from(hub).awaitEnd();

      var rollout = Writes.from(hub);
      hub.apply(
          """
          apiVersion: fleet.tranche.dev/v1alpha1
          kind: Module
          metadata: {name: app}
          spec:
            selector: {}
            controlPlaneBindings:
            - name: REGION
              objectFieldRef: {apiVersion: cluster.x-k8s.io/v1beta2, kind: Cluster, name: $(CLUSTER_NAME), fieldPath: /metadata/labels/region}
            sync:
              source: {git: {url: "%s", version: {tag: v1}}}
              package: {kustomize: {substitute: {CLUSTER: $(CLUSTER_NAME), REGION: $(REGION)}}}
          """
              .formatted(repository.url()));
      hub.awaitReady("app");
      rollout.awaitEnd();
      System.out.printf(
          "writes for %d assignments: %s%n", CLUSTERS.size(), counted(rollout.list()));
      assertThat(rollout.list().size())
          .as("%s", counted(rollout.list()))
          .isLessThanOrEqualTo(WRITES_PER_ASSIGNMENT * CLUSTERS.size());

      var rest = Writes.from(hub);
      CLUSTERS.forEach(cluster ->
          hands.edit(
              Cluster.class,
              cluster,
              "{\"metadata\":{\"annotations\":{\"touched\":\"by-hand\"}}}"));
      CLUSTERS.forEach(cluster ->
          hands.edit(
              io.fabric8.kubernetes.api.model.Secret.class,
              cluster + "-kubeconfig",
              "{\"metadata\":{\"annotations\":{\"touched\":\"by-hand\"}}}"));
      var word = "{\"metadata\":{\"annotations\":{\"reconcile.fluxcd.io/requestedAt\":\"now\"}}}";
      flux.sources().forEach(s -> hands.edit(GitRepository.class, s.getMetadata().getName(), word));
      flux.kustomizations()
          .forEach(k -> hands.edit(Kustomization.class, k.getMetadata().getName(), word));
      eventually()
          .untilAsserted(() -> {
            assertThat(flux.sources())
                .allSatisfy(
                    s -> assertThat(s.getStatus().getLastHandledReconcileAt()).isEqualTo("now"));
            assertThat(flux.kustomizations())
                .allSatisfy(
                    k -> assertThat(k.getStatus().getLastHandledReconcileAt()).isEqualTo("now"));
          });
      rest.awaitEnd();
      assertThat(rest.list()).isEmpty();
      assertThat(hub.module("app")).matches(TestFleet::isReady);
    }

    // Nor when another process takes over, or is told to ask again: it asks for refs and no more,
    // and Flux has nothing to do.
    var takeover = Writes.from(hub);
    int packs = repository.transfers().packs();
    int asks = repository.requests().infoRefs();
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hands.edit(
          Module.class,
          "app",
          "{\"metadata\":{\"annotations\":{\"reconcile.fluxcd.io/requestedAt\":\"now\"}}}");
      eventually().until(() -> repository.requests().infoRefs() > asks);
      hands.edit(
          Cluster.class,
          CLUSTERS.getFirst(),
          "{\"metadata\":{\"annotations\":{\"touched\":\"again\"}}}");
      takeover.awaitEnd();
      assertThat(takeover.list()).isEmpty();
      assertThat(repository.transfers().packs()).isEqualTo(packs);
      assertThat(hub.module("app")).matches(TestFleet::isReady);
    }
  }

  private static Map<String, Long> counted(List<AuditEvent> writes) {
    return new TreeMap<>(
        writes.stream()
            .collect(
                Collectors.groupingBy(
                    event ->
                        "%s %s %s".formatted(event.verb(), event.resource(), event.subresource()),
                    Collectors.counting())));
  }
}
