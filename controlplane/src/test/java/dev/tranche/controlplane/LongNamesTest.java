package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Whatever Kubernetes and git take for a name works. */
@FleetTest
class LongNamesTest {
  private static final String LONGEST = "m.".repeat(126);

  @Test
  void ofClustersModulesTagsAndRepositories(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var clusters = List.of("c".repeat(63), "c".repeat(52) + ".d");
    // Alike up to the last character, so that cutting alone would make them the same.
    var modules =
        new LinkedHashMap<String, String>(
            Map.of(
                LONGEST + "a",
                "release/2026-01/v1.0.0",
                LONGEST + "b",
                "t".repeat(120) + "/" + "u".repeat(90),
                "1.2-3",
                "V1.0_0+build.5",
                "x",
                "déjà-vu"));
    var repository = fleet.git().createRepository("Some_Repo--of." + namespace.name() + "-..x");
    modules.forEach((module, tag) -> {
      var name = "cm-" + Integer.toHexString(module.hashCode());
      repository.commit(
          Map.of(
              "cm.yaml",
              """
              apiVersion: v1
              kind: ConfigMap
              metadata: {name: "%s-${CLUSTER}", namespace: %s}
              """
                  .formatted(name, namespace.name())),
          module);
      repository.tag(tag);
    });

    var hub = TestFleet.in(namespace);
    var flux = new PlayedFlux(hub);
    Map<String, String> names;
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      clusters.forEach(cluster -> hub.enrol(cluster, alpha, Map.of()));
      modules.forEach((module, tag) ->
          hub.apply(
              """
              apiVersion: fleet.tranche.dev/v1alpha1
              kind: Module
              metadata: {name: "%s"}
              spec:
                selector: {}
                sync:
                  source: {git: {url: "%s", version: {tag: "%s"}}}
                  package: {kustomize: {substitute: {CLUSTER: $(CLUSTER_NAME)}}}
              """
                  .formatted(module, repository.url(), tag)));
      modules.keySet().forEach(hub::awaitReady);

      assertThat(flux.kustomizations()).hasSize(clusters.size() * modules.size());
      assertThat(flux.sources()).hasSize(modules.size());
      assertThat(
              alpha.client().configMaps().inNamespace(namespace.name()).list().getItems().stream()
                  .filter(cm -> cm.getMetadata().getName().startsWith("cm-")))
          .hasSize(clusters.size() * modules.size());
      names = names(flux);
    }
    // Another process names them the same, and withdraws them all.
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      modules.keySet().forEach(hub::awaitReady);
      assertThat(names(flux)).isEqualTo(names);
      modules.keySet().forEach(module -> new Hands(hub).delete(hub.module(module)));
      eventually()
          .untilAsserted(() -> {
            assertThat(flux.kustomizations()).isEmpty();
            assertThat(alpha.client().configMaps().inNamespace(namespace.name()).list().getItems())
                .noneMatch(cm -> cm.getMetadata().getName().startsWith("cm-"));
          });
    }
  }

  private static Map<String, String> names(PlayedFlux flux) {
    return flux.kustomizations().stream()
        .collect(Collectors.toMap(k -> k.getMetadata().getName(), k -> k.getMetadata().getUid()));
  }
}
