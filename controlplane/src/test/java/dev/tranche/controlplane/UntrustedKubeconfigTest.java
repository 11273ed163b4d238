package dev.tranche.controlplane;

import static dev.tranche.controlplane.FleetObserver.summary;
import static dev.tranche.controlplane.FleetObserver.withinTwoSeconds;
import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.tranche.testbed.ApiServer;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.Condition;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A kubeconfig that would run or read something is refused, and no cluster suffers for another.
 *
 * <p>Without Cluster API's own manager, which does run what a kubeconfig says.
 */
@FleetTest(clusterApi = false)
class UntrustedKubeconfigTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ExecRefused | {exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never,"
            + " command: touch, args: [\"$file\"]}}",
        "AuthProviderRefused | {auth-provider: {name: gcp, config: {cmd-path: touch, cmd-args:"
            + " \"$file\"}}}",
        "FilePathRefused | {tokenFile: \"$file\"}",
        "FilePathRefused | {client-certificate: \"$file\", client-key: \"$file\"}"
      })
  void isRefusedAndNeverRun(
      String reason, String user, Fleet fleet, TestNamespace namespace, @TempDir Path directory)
      throws InterruptedException, JsonProcessingException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var file = directory.resolve("touched");
    var settings =
        ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0", "v2.0.0");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    var bad = withUser(alpha, user.replace("$file", file.toString()));
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.cluster("alpha", Map.of());
      hub.kubeconfig("alpha", bad);
      hub.initialise("alpha");
      hub.apply(settings.module("v1.0.0", "{}"));
      awaitRefusal(hub, reason);
      assertThat(observer.kustomizations()).isEmpty();

      hub.kubeconfig("alpha", alpha.kubeconfigYaml());
      withinTwoSeconds()
          .untilAsserted(() -> assertThat(observer.kustomizations("alpha")).hasSize(1));
      hub.awaitReady("settings");

      // One that goes bad later is not left to Flux either.
      hub.kubeconfig("alpha", bad);
      awaitRefusal(hub, reason);
      assertThat(observer.kustomization("alpha", "settings").orElseThrow().getSpec().getSuspend())
          .isTrue();
      hub.apply(settings.module("v2.0.0", "{}"));
      eventually()
          .untilAsserted(() ->
              assertThat(hub.module("settings").getStatus().observedGeneration())
                  .isEqualTo(hub.module("settings").getMetadata().getGeneration()));
      awaitRefusal(hub, reason);
      assertThat(settings.on(alpha)).contains("v1.0.0");

      hub.kubeconfig("alpha", alpha.kubeconfigYaml());
      withinTwoSeconds()
          .untilAsserted(() ->
              assertThat(
                      observer
                          .kustomization("alpha", "settings")
                          .orElseThrow()
                          .getSpec()
                          .getSuspend())
                  .isFalse());
      hub.awaitReady("settings");
      assertThat(settings.on(alpha)).contains("v2.0.0");
      assertThat(file).doesNotExist();
    }
  }

  @Test
  void othersDoNotWait(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    var dead = fleet.startCluster("dead");
    var hanging = fleet.startCluster("hanging");
    namespace.on(alpha).on(dead).on(hanging);
    var settings =
        ConfigMapRepository.create(fleet, namespace, "settings").with("v1.0.0", "v2.0.0");
    var hub = TestFleet.in(namespace);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      dead.kill();
      hanging.hang();
      hub.enrol("dead", dead, Map.of());
      hub.enrol("hanging", hanging, Map.of());
      hub.cluster("bad", Map.of());
      hub.kubeconfig("bad", "{}");
      hub.initialise("bad");
      hub.enrol("alpha", alpha, Map.of());
      hub.apply(settings.module("v1.0.0", "{}"));
      eventually()
          .untilAsserted(() -> {
            assertThat(settings.on(alpha)).contains("v1.0.0");
            assertThat(summary(hub.module("settings")).succeeded()).isEqualTo(1);
          });
      hub.apply(settings.module("v2.0.0", "{}"));
      eventually()
          .untilAsserted(() -> {
            assertThat(settings.on(alpha)).contains("v2.0.0");
            assertThat(summary(hub.module("settings")).succeeded()).isEqualTo(1);
          });
      assertThat(TestFleet.isReady(hub.module("settings"))).isFalse();
    }
  }

  private static void awaitRefusal(TestFleet hub, String reason) {
    eventually()
        .untilAsserted(() -> {
          var assemblage = hub.assemblage("alpha").orElseThrow();
          assertThat(assemblage.getStatus().observedGeneration())
              .isEqualTo(assemblage.getMetadata().getGeneration());
          assertThat(condition(hub, "Ready"))
              .hasValueSatisfying(ready -> assertThat(ready.getStatus()).isEqualTo("False"));
          assertThat(condition(hub, "Stalled"))
              .hasValueSatisfying(stalled -> {
                assertThat(stalled.getStatus()).isEqualTo("True");
                assertThat(stalled.getReason()).isEqualTo(reason);
              });
          assertThat(TestFleet.condition(hub.module("settings"), "Ready"))
              .hasValueSatisfying(ready -> {
                assertThat(ready.getStatus()).isEqualTo("False");
                assertThat(ready.getReason()).isEqualTo(reason);
                assertThat(ready.getMessage()).contains("alpha", "alpha-kubeconfig");
              });
        });
  }

  private static Optional<Condition> condition(TestFleet hub, String type) {
    return hub.assemblage("alpha").orElseThrow().getStatus().conditions().stream()
        .filter(condition -> condition.getType().equals(type))
        .findFirst();
  }

  /** The kubeconfig of a cluster with other credentials. */
  private static String withUser(ApiServer cluster, String user) throws JsonProcessingException {
    var yaml = cluster.client().getKubernetesSerialization();
    var kubeconfig = yaml.unmarshal(cluster.kubeconfigYaml(), ObjectNode.class);
    // The serialization takes whatever begins with a brace for JSON.
    ((ObjectNode) kubeconfig.path("users").path(0)).set("user", new YAMLMapper().readTree(user));
    return yaml.asYaml(kubeconfig);
  }
}
