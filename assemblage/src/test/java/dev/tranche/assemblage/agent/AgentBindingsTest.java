package dev.tranche.assemblage.agent;

import static dev.tranche.assemblage.agent.AgentTest.configMapBinding;
import static dev.tranche.assemblage.agent.Workload.NAME;
import static dev.tranche.assemblage.agent.Workload.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Bindings of entries, which the agent resolves where it runs. */
@FleetTest(flux = false, clusterApi = false)
class AgentBindingsTest {
  /** What is promised for an object that arrives or changes. */
  private static final Duration SOON = Duration.ofSeconds(2);

  private final Workload workload;
  private final Repository app;

  AgentBindingsTest(Fleet fleet, TestNamespace namespace) {
    workload = Workload.in(fleet, namespace);
    app = Repository.create(fleet, workload, "app", "v1");
  }

  @Test
  void areReplaced() throws InterruptedException {
    workload.configMap("regions", "{eu: Europe}");
    workload.edit(
        ConfigMap.class, "regions", "{\"metadata\":{\"labels\":{\"example.com/a\":\"slash\"}}}");
    try (var _ = RunningAgent.start(workload)) {
      workload.assign(
          app.valued(
              "r1",
              "$(GREETING) $(SLASH) $$(REGION) $$(ANY) $(date +%s)",
              "{name: WHERE, value: \"in $(REGION)\"}, "
                  + "{name: GREETING, value: \"$(CLUSTER_NAME) $(WHERE)\"}, "
                  + "{name: WHICH, value: regions}, "
                  + configMapBinding("REGION", "$(WHICH)", "/data/eu")
                  + ", "
                  + configMapBinding("SLASH", "regions", "/metadata/labels/example.com~1a")));
      workload.awaitState("app", "r1", SyncState.SUCCEEDED);
      assertThat(workload.data("app"))
          .containsEntry("value", NAME + " in Europe slash $(REGION) $(ANY) $(date +%s)");
    }
  }

  @Test
  void oneThatCannotBeResolvedFailsItsSyncAlone(Fleet fleet) throws InterruptedException {
    var other = Repository.create(fleet, workload, "other", "v1", "v2");
    workload.configMap("settings", "{nested: x}");
    try (var _ = RunningAgent.start(workload)) {
      workload.assign(
          app.valued("r1", "$(REGION)", configMapBinding("REGION", "settings", "/data/region")),
          other.entry("v1"));
      workload.awaitState("other", "v1", SyncState.SUCCEEDED);
      workload.awaitState("app", "r1", SyncState.FAILED);
      assertThat(workload.sync("app").reason()).isEqualTo("FieldNotFound");
      assertThat(workload.sync("app").message())
          .contains("bindings[REGION].objectFieldRef", "settings", "/data/region");
      assertThat(workload.kustomizations()).hasSize(1);

      workload.configMap("settings", "{region: eu}");
      awaitSoon(() -> workload.kustomizations().size() == 2);
      workload.awaitState("app", "r1", SyncState.SUCCEEDED);

      // What was applied stays when it cannot be resolved any more, and the others go on.
      workload.configMap("settings", "{}");
      workload.assign(
          app.valued("r2", "$(REGION)", configMapBinding("REGION", "settings", "/data/region")),
          other.entry("v2"));
      workload.awaitState("app", "r2", SyncState.FAILED);
      workload.awaitState("other", "v2", SyncState.SUCCEEDED);
      assertThat(workload.sync("app").appliedRevision()).startsWith("v1@");
      assertThat(workload.data("app")).containsEntry("value", "eu");
      assertThat(workload.kustomizations()).hasSize(2);
    }
  }

  @Test
  void circlesAndUnknownNamesSaySo() throws InterruptedException {
    try (var _ = RunningAgent.start(workload)) {
      workload.assign(
          app.valued("r1", "$(A)", "{name: A, value: \"$(B)\"}, {name: B, value: \"$(A)\"}"));
      workload.awaitState("app", "r1", SyncState.FAILED);
      assertThat(workload.sync("app").reason()).isEqualTo("BindingCircle");
      assertThat(workload.sync("app").message()).contains("A → B → A");

      workload.assign(app.valued("r2", "$(NOBODY)", ""));
      workload.awaitState("app", "r2", SyncState.FAILED);
      assertThat(workload.sync("app").reason()).isEqualTo("UnknownBinding");
      assertThat(workload.sync("app").message()).contains("$(NOBODY)");

      workload.assign(app.valued("r3", "fine", ""));
      workload.awaitState("app", "r3", SyncState.SUCCEEDED);
    }
  }

  @Test
  void anObjectMayArriveLaterAndChange() throws InterruptedException {
    try (var _ = RunningAgent.start(workload)) {
      workload.assign(
          app.valued("r1", "$(REGION)", configMapBinding("REGION", "late", "/data/region")));
      workload.awaitState("app", "r1", SyncState.FAILED);
      assertThat(workload.sync("app").reason()).isEqualTo("ObjectNotFound");
      assertThat(workload.sync("app").message()).contains("ConfigMap \"late\"");

      workload.configMap("late", "{region: eu}");
      awaitSoon(() -> workload.sync("app").state() != SyncState.FAILED);
      workload.awaitState("app", "r1", SyncState.SUCCEEDED);
      assertThat(workload.data("app")).containsEntry("value", "eu");

      workload.configMap("late", "{region: us}");
      awaitSoon(() ->
          Map.of("VALUE", "us")
              .equals(workload.kustomization("app").getSpec().getPostBuild().getSubstitute()));
      eventually()
          .untilAsserted(() -> assertThat(workload.data("app")).containsEntry("value", "us"));
      workload.awaitState("app", "r1", SyncState.SUCCEEDED);
    }
  }

  @Test
  void aKindMayArriveLater() throws InterruptedException {
    try (var _ = RunningAgent.start(workload)) {
      workload.assign(
          app.valued(
              "r1",
              "$(COLOUR)",
              "{name: COLOUR, objectFieldRef: {apiVersion: paint.example.com/v1, kind: Pot, name: red, fieldPath: /spec/colour}}"));
      workload.awaitState("app", "r1", SyncState.FAILED);
      assertThat(workload.sync("app").reason()).isEqualTo("KindNotFound");

      workload.apply(
          """
          apiVersion: apiextensions.k8s.io/v1
          kind: CustomResourceDefinition
          metadata: {name: pots.paint.example.com}
          spec:
            group: paint.example.com
            scope: Namespaced
            names: {kind: Pot, plural: pots, singular: pot, listKind: PotList}
            versions:
            - name: v1
              served: true
              storage: true
              schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
          """);
      // No administrator has allowed it yet.
      eventually()
          .untilAsserted(() -> {
            assertThat(workload.sync("app").reason()).isEqualTo("ReadForbidden");
            assertThat(workload.sync("app").message()).contains("pots.paint.example.com");
          });

      workload.apply(
          """
          apiVersion: rbac.authorization.k8s.io/v1
          kind: ClusterRole
          metadata:
            name: pots
            labels: {fleet.tranche.dev/aggregate-to-agent-bindings: "true"}
          rules:
          - {apiGroups: [paint.example.com], resources: [pots], verbs: [list, watch]}
          """);
      eventually()
          .untilAsserted(() -> {
            workload.apply(
                """
                apiVersion: paint.example.com/v1
                kind: Pot
                metadata: {name: red}
                spec: {colour: crimson}
                """);
            assertThat(workload.data("app")).containsEntry("value", "crimson");
          });
    }
  }

  @Test
  void aSecretStaysSecret() throws InterruptedException {
    secret("s3cr3t");
    var binding =
        "{name: PASSWORD, objectFieldRef: {apiVersion: v1, kind: Secret, name: database, fieldPath: /data/password}}";
    try (var _ = RunningAgent.start(workload)) {
      workload.assign(app.valued("r1", "user:$(PASSWORD)", binding));
      workload.awaitState("app", "r1", SyncState.SUCCEEDED);
      assertThat(workload.data("app")).containsEntry("value", "user:s3cr3t");
      assertNowhereInPlainText("s3cr3t");

      secret("another");
      eventually()
          .untilAsserted(
              () -> assertThat(workload.data("app")).containsEntry("value", "user:another"));
      // Of what is not used any more, nothing is kept.
      eventually().untilAsserted(() -> assertThat(ownSecrets()).isEqualTo(1));

      workload.assign(
          app.entry(
              "Module",
              "v1",
              "r2",
              ", package: {kustomize: {targetNamespace: \"$(PASSWORD)\"}}, bindings: ["
                  + binding
                  + "]"));
      workload.awaitState("app", "r2", SyncState.FAILED);
      assertThat(workload.sync("app").reason()).isEqualTo("SecretValueRefused");
      assertNowhereInPlainText("another");

      workload.withdrawAll();
      eventually().untilAsserted(() -> assertThat(workload.syncs()).isEmpty());
      eventually().untilAsserted(() -> assertThat(ownSecrets()).isZero());
    }
  }

  private void secret(String password) {
    workload
        .client()
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(workload.namespace())
                .withName("database")
                .endMetadata()
                .withStringData(Map.of("password", password))
                .build())
        .fieldManager("test")
        .forceConflicts()
        .serverSideApply();
  }

  private long ownSecrets() {
    return workload.client().secrets().inNamespace(workload.namespace()).list().getItems().stream()
        .filter(secret -> !secret.getMetadata().getName().equals("database"))
        .count();
  }

  private void assertNowhereInPlainText(String secret) {
    assertThat(workload.kustomizations().toString()).doesNotContain(secret);
    assertThat(workload.sources().toString()).doesNotContain(secret);
    assertThat(workload.assemblage().orElseThrow().toString()).doesNotContain(secret);
    var serialization = workload.client().getKubernetesSerialization();
    assertThat(serialization.asJson(workload.kustomizations())).doesNotContain(secret);
    assertThat(serialization.asJson(workload.assemblage().orElseThrow())).doesNotContain(secret);
  }

  private static void awaitSoon(Callable<Boolean> condition) {
    Awaitility.await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptions()
        .until(condition);
  }
}
