package dev.tranche.controlplane;

import static dev.tranche.controlplane.ProxyFleet.entry;
import static dev.tranche.controlplane.ProxyFleet.within;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.testbed.ApiServer;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Secrets go to the clusters whose entries name them, and to no other. */
@FleetTest
class CopiedSecretsTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  @Test
  void areCopiedKeptEqualAndRemoved(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var hub = TestFleet.in(namespace);
    var proxies = new ProxyFleet(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      proxies.enrol("alpha", alpha);
      proxies.assign("alpha", withSecret("one", "r1", "git-a"), withSecret("two", "r1", "git-a"));
      within(SOON)
          .untilAsserted(() -> {
            assertThat(proxies.sync("alpha", "one").state()).isEqualTo(SyncState.WAITING);
            assertThat(proxies.sync("alpha", "one").reason()).isEqualTo("SecretMissing");
          });
      secret(hub, "git-a", "Opaque", Map.of("username", "u", "password", "one"));
      within(SOON)
          .untilAsserted(
              () -> assertThat(copy(alpha, namespace, "git-a", "password")).contains("one"));
      proxies.agentSucceeds(alpha, "alpha");
      proxies.awaitReady("alpha");

      // Rotated: the key that is gone is gone there too.
      delete(hub, "git-a");
      secret(hub, "git-a", "Opaque", Map.of("password", "two"));
      within(SOON)
          .untilAsserted(() -> {
            assertThat(copy(alpha, namespace, "git-a", "password")).contains("two");
            assertThat(copy(alpha, namespace, "git-a", "username")).isEmpty();
          });

      // One of two entries that need it.
      proxies.assign("alpha", entry("one", "r2"), withSecret("two", "r1", "git-a"));
      proxies.awaitWritten(alpha, "alpha", "Other/one r2", "Other/two r1");
      assertThat(copy(alpha, namespace, "git-a", "password")).contains("two");
      proxies.assign("alpha", entry("one", "r2"), entry("two", "r2"));
      within(SOON)
          .untilAsserted(() -> assertThat(copy(alpha, namespace, "git-a", "password")).isEmpty());
    }
  }

  @Test
  void overwriteNothing(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var hub = TestFleet.in(namespace);
    var proxies = new ProxyFleet(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      proxies.enrol("alpha", alpha);
      var theirs =
          new SecretBuilder()
              .withNewMetadata()
              .withNamespace(namespace.name())
              .withName("git-a")
              .endMetadata()
              .withStringData(Map.of("password", "theirs"))
              .build();
      alpha.client().resource(theirs).create();
      secret(hub, "git-a", "Opaque", Map.of("password", "ours"));
      proxies.assign("alpha", withSecret("one", "r1", "git-a"));
      within(SOON)
          .untilAsserted(() -> {
            assertThat(proxies.sync("alpha", "one").state()).isEqualTo(SyncState.FAILED);
            assertThat(proxies.sync("alpha", "one").reason()).isEqualTo("SecretNotOurs");
          });
      assertThat(copy(alpha, namespace, "git-a", "password")).contains("theirs");
    }
  }

  /** A module may name whatever Secret it likes, another cluster's kubeconfig among them. */
  @Test
  void credentialsOfOneClusterReachNoOther(Fleet fleet, TestNamespace namespace)
      throws IOException, InterruptedException {
    var alpha = fleet.startCluster("alpha");
    var beta = fleet.startCluster("beta");
    namespace.on(alpha).on(beta);
    var hub = TestFleet.in(namespace);
    var proxies = new ProxyFleet(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      proxies.enrol("alpha", alpha);
      proxies.enrol("beta", beta);
      secret(hub, "git-a", "Opaque", Map.of("password", "canary-of-alpha"));
      secret(hub, "git-b", "Opaque", Map.of("password", "canary-of-beta"));
      proxies.assign(
          "alpha", withSecret("one", "r1", "git-a"), withSecret("thief", "r1", "beta-kubeconfig"));
      proxies.assign("beta", withSecret("one", "r1", "git-b"));
      within(SOON)
          .untilAsserted(() -> {
            assertThat(copy(alpha, namespace, "git-a", "password")).contains("canary-of-alpha");
            assertThat(copy(beta, namespace, "git-b", "password")).contains("canary-of-beta");
            assertThat(proxies.sync("alpha", "thief").reason()).isEqualTo("SecretRefused");
          });
      assertThat(everything(fleet, alpha))
          .contains(base64("canary-of-alpha"))
          .doesNotContain(base64("canary-of-beta"), "canary-of-beta", secrets(beta));
      assertThat(everything(fleet, beta))
          .contains(base64("canary-of-beta"))
          .doesNotContain(base64("canary-of-alpha"), "canary-of-alpha", secrets(alpha));
    }
  }

  /** Every object of every kind, as YAML. */
  private static String everything(Fleet fleet, ApiServer cluster)
      throws IOException, InterruptedException {
    var kinds =
        kubectl(fleet, cluster, "api-resources", "--verbs=list", "--output=name").lines().toList();
    assertThat(kinds).contains("secrets", "assemblages.fleet.tranche.dev");
    return kubectl(
        fleet, cluster, "get", String.join(",", kinds), "--all-namespaces", "--output=yaml");
  }

  private static String kubectl(Fleet fleet, ApiServer cluster, String... arguments)
      throws IOException, InterruptedException {
    var command =
        new java.util.ArrayList<>(
            List.of(fleet.kubectl().toString(), "--kubeconfig", cluster.kubeconfig().toString()));
    command.addAll(List.of(arguments));
    var process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }

  /** The private key of the kubeconfig of a cluster, in base64. */
  private static String secrets(ApiServer cluster) {
    var certificate =
        cluster
            .kubeconfigYaml()
            .lines()
            .filter(line -> line.contains("client-certificate-data"))
            .findFirst()
            .orElseThrow();
    return certificate.substring(certificate.indexOf(':') + 1).strip();
  }

  private static String withSecret(String name, String revision, String secret) {
    return entry(name, revision, ", secretRef: {name: %s}".formatted(secret));
  }

  private static Optional<String> copy(
      ApiServer cluster, TestNamespace namespace, String name, String key) {
    return Optional.ofNullable(
            cluster
                .client()
                .resources(Secret.class)
                .inNamespace(namespace.name())
                .withName(name)
                .get())
        .map(secret -> secret.getData().get(key))
        .map(value -> new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void secret(TestFleet hub, String name, String type, Map<String, String> data) {
    hub.client()
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(hub.namespace())
                .withName(name)
                .endMetadata()
                .withType(type)
                .withStringData(data)
                .build())
        .create();
  }

  private static void delete(TestFleet hub, String name) {
    hub.client().resources(Secret.class).inNamespace(hub.namespace()).withName(name).delete();
  }
}
