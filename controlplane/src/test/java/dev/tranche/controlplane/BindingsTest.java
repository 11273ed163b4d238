package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.clusterapi.v1beta2.Cluster;
import dev.tranche.testbed.ApiServer;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Values of the control plane reach the clusters, and what is in their way is said. */
class BindingsTest {
  /** From the change of a value to the change of what is assigned. */
  private static ConditionFactory soon() {
    return eventually().atMost(Duration.ofSeconds(2));
  }

  /** With real Flux, down to the objects in the clusters. */
  @FleetTest
  @Nested
  class Arriving {
    @Test
    void valuesOfEachClusterAndTheirChanges(Fleet fleet, TestNamespace namespace)
        throws InterruptedException {
      var alpha = fleet.cluster("alpha");
      var beta = fleet.cluster("beta");
      namespace.on(alpha);
      namespace.on(beta);
      var repository = fleet.git().createRepository(namespace.name());
      repository.commit(
          Map.of(
              "deploy/cm.yaml",
              """
              apiVersion: v1
              kind: ConfigMap
              metadata: {name: app, namespace: %s}
              data: {cluster: "${CLUSTER}", region: "${REGION}", tier: "${TIER}", literal: "${LITERAL}", key: "${KEY}"}
              """
                  .formatted(namespace.name())),
          "One");
      repository.tag("v1");
      var hub = TestFleet.in(namespace);
      var hands = new Hands(hub);
      try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
        hub.enrol("alpha", alpha, Map.of("region", "eu"));
        hub.enrol("beta", beta, Map.of("region", "us"));
        hub.apply(configMap("settings", "tier", "gold"));
        hub.apply(secret("first"));
        hub.apply(
            """
            apiVersion: fleet.tranche.dev/v1alpha1
            kind: Module
            metadata: {name: app}
            spec:
              selector: {}
              controlPlaneBindings:
              - {name: FOLDER, value: deploy}
              - {name: TIER, objectFieldRef: {apiVersion: v1, kind: ConfigMap, name: settings, fieldPath: /data/tier}}
              - {name: REGION, objectFieldRef: {apiVersion: cluster.x-k8s.io/v1beta2, kind: Cluster, name: $(CLUSTER_NAME), fieldPath: /metadata/labels/region}}
              - {name: KEY, objectFieldRef: {apiVersion: v1, kind: Secret, name: keys, fieldPath: /data/key}}
              sync:
                source: {git: {url: "%s", version: {tag: v1}}}
                package:
                  kustomize:
                    path: ./$(FOLDER)
                    substitute: {CLUSTER: $(CLUSTER_NAME), REGION: "$(REGION)-1", TIER: $(TIER), LITERAL: $$(TIER), KEY: "$(KEY) of $(CLUSTER_NAME)"}
            """
                .formatted(repository.url()));
        hub.awaitReady("app");
        assertThat(data(alpha, namespace))
            .isEqualTo(
                Map.of(
                    "cluster",
                    "alpha",
                    "region",
                    "eu-1",
                    "tier",
                    "gold",
                    "literal",
                    "$(TIER)",
                    "key",
                    "first of alpha"));
        assertThat(data(beta, namespace))
            .isEqualTo(
                Map.of(
                    "cluster",
                    "beta",
                    "region",
                    "us-1",
                    "tier",
                    "gold",
                    "literal",
                    "$(TIER)",
                    "key",
                    "first of beta"));

        var revision = revision(hub, "beta");
        hands.edit(Cluster.class, "alpha", "{\"metadata\":{\"labels\":{\"region\":\"asia\"}}}");
        soon().until(() -> substitute(hub, "alpha").containsValue("asia-1"));
        hub.awaitReady("app");
        eventually()
            .untilAsserted(
                () -> assertThat(data(alpha, namespace)).containsEntry("region", "asia-1"));
        assertThat(data(beta, namespace)).containsEntry("region", "us-1");
        assertThat(revision(hub, "beta")).isEqualTo(revision);

        hands.edit(ConfigMap.class, "settings", "{\"data\":{\"tier\":\"silver\"}}");
        for (var cluster : List.of("alpha", "beta")) {
          soon().until(() -> substitute(hub, cluster).containsValue("silver"));
        }
        for (var cluster : List.of(alpha, beta)) {
          eventually()
              .untilAsserted(
                  () -> assertThat(data(cluster, namespace)).containsEntry("tier", "silver"));
        }
        hub.awaitReady("app");

        hub.apply(secret("second"));
        for (var cluster : List.of(alpha, beta)) {
          eventually()
              .untilAsserted(
                  () -> assertThat(data(cluster, namespace).get("key")).startsWith("second of "));
        }
        hub.awaitReady("app");
      }
    }

    private static String secret(String key) {
      return """
      apiVersion: v1
      kind: Secret
      metadata: {name: keys}
      stringData: {key: %s}
      """
          .formatted(key);
    }

    private static Map<String, String> data(ApiServer cluster, TestNamespace namespace) {
      return cluster
          .client()
          .configMaps()
          .inNamespace(namespace.name())
          .withName("app")
          .get()
          .getData();
    }
  }

  /** Without Flux, up to what is assigned. */
  @FleetTest(flux = false)
  @Nested
  class Resolving {
    @Test
    void nameThatIsNotBoundNeedsAnEdit(TestNamespace namespace) throws InterruptedException {
      var hub = TestFleet.in(namespace);
      try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
        hub.enrol("alpha", hub.hub(), Map.of());
        hub.apply(module("app", "[]", "$(REGOIN)"));
        awaitTrouble(
            hub,
            "app",
            "UnknownBinding",
            "alpha: sync.package.kustomize.substitute.VALUE mentions $(REGOIN), which is not bound; bound are: CLUSTER_NAME");
        assertThat(TestFleet.condition(hub.module("app"), "Stalled").orElseThrow())
            .returns("True", c -> c.getStatus())
            .returns("UnknownBinding", c -> c.getReason());
        assertThat(hub.assemblage("alpha")).isEmpty();

        hub.apply(module("app", "[{name: REGOIN, value: eu}]", "$(REGOIN)"));
        soon().until(() -> substitute(hub, "alpha").containsValue("eu"));
        soon().until(() -> TestFleet.condition(hub.module("app"), "Stalled").isEmpty());
      }
    }

    @Test
    void objectThatIsMissingIsWaitedFor(TestNamespace namespace) throws InterruptedException {
      var hub = TestFleet.in(namespace);
      try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
        hub.enrol("alpha", hub.hub(), Map.of());
        hub.apply(module("app", fromConfigMap("/data/tier"), "$(VALUE)"));
        awaitTrouble(hub, "app", "ObjectNotFound", "which does not exist in this namespace");
        assertThat(TestFleet.condition(hub.module("app"), "Stalled")).isEmpty();
        assertThat(hub.module("app").getStatus().attention())
            .singleElement()
            .returns("alpha", a -> a.cluster())
            .returns("ObjectNotFound", a -> a.reason());

        hub.apply(configMap("settings", "other", "x"));
        soon()
            .untilAsserted(() ->
                assertThat(
                        TestFleet.condition(hub.module("app"), "Ready").orElseThrow().getReason())
                    .isEqualTo("FieldNotFound"));
        assertThat(TestFleet.condition(hub.module("app"), "Stalled")).isEmpty();

        hub.apply(configMap("settings", "tier", "gold"));
        soon().until(() -> substitute(hub, "alpha").containsValue("gold"));

        // What is assigned stays when the value goes.
        new Hands(hub)
            .delete(
                hub.client().configMaps().inNamespace(namespace.name()).withName("settings").get());
        awaitTrouble(hub, "app", "ObjectNotFound", "which does not exist in this namespace");
        assertThat(substitute(hub, "alpha")).containsValue("gold");
      }
    }

    @Test
    void oneModulesTroubleIsNotAnothers(TestNamespace namespace) throws InterruptedException {
      var hub = TestFleet.in(namespace);
      var flux = new PlayedFlux(hub);
      try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
        hub.enrol("alpha", hub.hub(), Map.of("region", "eu"));
        hub.enrol("beta", hub.hub(), Map.of());
        hub.apply(module("missing", fromConfigMap("/data/tier"), "$(VALUE)"));
        hub.apply(module("unknown", "[]", "$(VALUE)"));
        hub.apply(module("forbidden", from("apps/v1", "Deployment", "x"), "$(VALUE)"));
        hub.apply(module("no-kind", from("example.com/v1", "Nothing", "x"), "$(VALUE)"));
        hub.apply(
            module(
                "half",
                """
                [{name: VALUE, objectFieldRef: {apiVersion: cluster.x-k8s.io/v1beta2, kind: Cluster, name: $(CLUSTER_NAME), fieldPath: /metadata/labels/region}}]\
                """,
                "$(VALUE)"));
        awaitTrouble(hub, "missing", "ObjectNotFound", "ConfigMap \"settings\"");
        awaitTrouble(hub, "unknown", "UnknownBinding", "$(VALUE)");
        awaitTrouble(hub, "forbidden", "ReadForbidden", "list deployments.apps in namespace");
        awaitTrouble(hub, "no-kind", "KindNotFound", "no kind Nothing of example.com/v1");
        awaitTrouble(hub, "half", "FieldNotFound", "beta: ");

        hub.apply(module("well", "[]", "$(CLUSTER_NAME)"));
        soon()
            .untilAsserted(() -> {
              assertThat(assigned(hub, "alpha")).contains("well", "half");
              assertThat(assigned(hub, "beta")).contains("well").doesNotContain("half");
            });
        flux.runs("alpha", "well", "v1");
        flux.runs("beta", "well", "v1");
        hub.awaitReady("well");
      }
    }

    @Test
    void permissionThatIsMissingIsNamedAndCanBeGranted(TestNamespace namespace)
        throws InterruptedException {
      var hub = TestFleet.in(namespace);
      var grant = namespace.name() + "-leases";
      try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
        hub.enrol("alpha", hub.hub(), Map.of());
        hub.apply(
            """
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: settings, labels: {tier: gold}}
            spec: {podSelector: {}}
            """);
        hub.apply(
            module(
                "app",
                """
                [{name: VALUE, objectFieldRef: {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, name: settings, fieldPath: /metadata/labels/tier}}]\
                """,
                "$(VALUE)"));
        awaitTrouble(
            hub,
            "app",
            "ReadForbidden",
            "lacks the permission to list networkpolicies.networking.k8s.io in namespace "
                + namespace.name());
        assertThat(TestFleet.condition(hub.module("app"), "Stalled")).isEmpty();

        hub.client()
            .load(
                new java.io.ByteArrayInputStream(
                    """
                    apiVersion: rbac.authorization.k8s.io/v1
                    kind: ClusterRole
                    metadata:
                      name: %s
                      labels: {fleet.tranche.dev/aggregate-to-bindings: "true"}
                    rules:
                    - {apiGroups: [networking.k8s.io], resources: [networkpolicies], verbs: [get, list, watch]}
                    """
                        .formatted(grant)
                        .getBytes(StandardCharsets.UTF_8)))
            .serverSideApply();
        eventually().until(() -> substitute(hub, "alpha").containsValue("gold"));
      } finally {
        hub.client().rbac().clusterRoles().withName(grant).delete();
      }
    }

    @Test
    void valuesAreReadAnewWithoutAFalseAlarmAfterARestart(TestNamespace namespace)
        throws InterruptedException {
      var hub = TestFleet.in(namespace);
      var flux = new PlayedFlux(hub);
      hub.apply(configMap("settings", "tier", "gold"));
      try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
        hub.enrol("alpha", hub.hub(), Map.of());
        hub.apply(module("app", fromConfigMap("/data/tier"), "$(VALUE)"));
        flux.runs("alpha", "app", "v1");
        hub.awaitReady("app");
        Writes.from(hub).awaitEnd();
      }
      hub.apply(configMap("settings", "tier", "silver"));
      var writes = Writes.from(hub);
      try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
        eventually().until(() -> substitute(hub, "alpha").containsValue("silver"));
        flux.applied(flux.kustomization("alpha", "app", "v1"));
        hub.awaitReady("app");
        assertThat(
                hub.client().events().v1().events().inNamespace(namespace.name()).list().getItems())
            .noneMatch(event -> "Warning".equals(event.getType()));
        assertThat(writes.list()).isNotEmpty();
      }
    }

    private static List<String> assigned(TestFleet hub, String cluster) {
      return hub.assemblage(cluster).stream()
          .flatMap(assemblage -> assemblage.getSpec().syncs().stream())
          .map(sync -> sync.name())
          .toList();
    }
  }

  private static void awaitTrouble(TestFleet hub, String module, String reason, String words) {
    eventually()
        .untilAsserted(() ->
            assertThat(TestFleet.condition(hub.module(module), "Ready"))
                .hasValueSatisfying(ready -> {
                  assertThat(ready.getStatus()).isEqualTo("False");
                  assertThat(ready.getReason()).isEqualTo(reason);
                  assertThat(ready.getMessage()).contains(words);
                }));
  }

  private static Map<String, String> substitute(TestFleet hub, String cluster) {
    return hub.assemblage(cluster).stream()
        .flatMap(assemblage -> assemblage.getSpec().syncs().stream())
        .filter(sync -> sync.name().equals("app"))
        .map(sync ->
            Objects.requireNonNull(Objects.requireNonNull(sync.syncPackage()).kustomize())
                .substitute())
        .findFirst()
        .orElse(Map.of());
  }

  private static String revision(TestFleet hub, String cluster) {
    return hub.assemblage(cluster).orElseThrow().getSpec().syncs().getFirst().revision();
  }

  private static String fromConfigMap(String fieldPath) {
    return """
    [{name: VALUE, objectFieldRef: {apiVersion: v1, kind: ConfigMap, name: settings, fieldPath: %s}}]\
    """
        .formatted(fieldPath);
  }

  private static String from(String apiVersion, String kind, String name) {
    return """
    [{name: VALUE, objectFieldRef: {apiVersion: %s, kind: %s, name: %s, fieldPath: /metadata/name}}]\
    """
        .formatted(apiVersion, kind, name);
  }

  private static String module(String name, String bindings, String value) {
    AppRepository.commit("v1");
    return """
    apiVersion: fleet.tranche.dev/v1alpha1
    kind: Module
    metadata: {name: %s}
    spec:
      selector: {}
      controlPlaneBindings: %s
      sync:
        source: {git: {url: "%s", version: {tag: v1}}}
        package: {kustomize: {substitute: {VALUE: "%s"}}}
    """
        .formatted(name, bindings, AppRepository.url(), value);
  }

  private static String configMap(String name, String key, String value) {
    return """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: %s}
    data: {%s: %s}
    """
        .formatted(name, key, value);
  }
}
