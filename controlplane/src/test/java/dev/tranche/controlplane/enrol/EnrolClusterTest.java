package dev.tranche.controlplane.enrol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tranche.controlplane.kubeconfig.KubeconfigVerdict;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.Hub;
import dev.tranche.testbed.WorkloadCluster;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@FleetTest
class EnrolClusterTest {
  private static final String NAME = "paris.prod-1";

  private final Fleet fleet;
  private final Hub hub;
  private final TestNamespace namespace;
  private final WorkloadCluster workload;

  EnrolClusterTest(Fleet fleet, TestNamespace namespace) {
    this.fleet = fleet;
    this.hub = fleet.hub();
    this.namespace = namespace;
    this.workload = fleet.cluster("alpha");
  }

  @Test
  void enrolsBesideClusterApi() {
    var result = run(workload.kubeconfigYaml(), "-", "--label", "env=prod");

    assertThat(result).returns(0, Result::status).returns("", Result::err);
    assertThat(result.out())
        .contains("answers at " + workload.url() + ": Kubernetes v1.")
        .contains("is enrolled")
        .contains("selector: {matchLabels: {env: \"prod\"}}");
    var enrolled = cluster().get();
    assertThat(enrolled.getMetadata().getLabels()).containsExactly(Map.entry("env", "prod"));
    assertThat(enrolled.<Object>get("spec", "controlPlaneEndpoint"))
        .isEqualTo(Map.of("host", "127.0.0.1", "port", workload.url().getPort()));
    assertThat(secret().get())
        .satisfies(secret -> {
          assertThat(secret.getType()).isEqualTo("cluster.x-k8s.io/secret");
          assertThat(secret.getMetadata().getLabels())
              .containsEntry("cluster.x-k8s.io/cluster-name", NAME);
          assertThat(secret.getMetadata().getOwnerReferences())
              .extracting(OwnerReference::getUid)
              .containsExactly(enrolled.getMetadata().getUid());
          assertThat(Base64.getDecoder().decode(secret.getData().get("value")))
              .asString(UTF_8)
              .isEqualTo(KubeconfigVerdict.currentContextOf(workload.kubeconfigYaml()));
        });
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> {
          var seen = cluster().get();
          assertThat(seen.getFinalizers()).contains("cluster.cluster.x-k8s.io");
          assertThat(conditionStatus(seen, "RemoteConnectionProbe")).isEqualTo("True");
          assertThat(isInitialized(seen)).isTrue();
        });
  }

  @Test
  void enrollingAgainReplacesLabelsAndKubeconfig() {
    run(workload.kubeconfigYaml(), "-", "--label", "env=prod", "--label", "ring=1");
    var first = cluster().get();
    cluster()
        .edit(cluster -> {
          cluster.getMetadata().getLabels().put("theirs", "kept");
          return cluster;
        });
    var rotated = workload.kubeconfigFor("other", List.of("system:masters"));

    var result = run(rotated, "-", "--label", "env=test");

    assertThat(result.status()).isZero();
    assertThat(result.out()).contains("is up to date");
    var second = cluster().get();
    assertThat(second.getMetadata().getUid()).isEqualTo(first.getMetadata().getUid());
    assertThat(second.getMetadata().getLabels())
        .containsOnly(Map.entry("env", "test"), Map.entry("theirs", "kept"));
    assertThat(isInitialized(second)).isTrue();
    assertThat(secret().get())
        .satisfies(secret -> {
          assertThat(Base64.getDecoder().decode(secret.getData().get("value")))
              .asString(UTF_8)
              .isEqualTo(KubeconfigVerdict.currentContextOf(rotated));
          assertThat(secret.getMetadata().getOwnerReferences()).hasSize(1);
        });
  }

  @Test
  void removesWhatItMade() {
    run(workload.kubeconfigYaml(), "-");

    var result = run("", "--remove");

    assertThat(result).returns(0, Result::status).returns("", Result::err);
    assertThat(result.out()).contains("are removed").contains("keeps running");
    assertThat(cluster().get()).isNull();
    assertThat(secret().get()).isNull();
    assertThat(run("", "--remove"))
        .returns(0, Result::status)
        .satisfies(again -> assertThat(again.out()).contains("nothing to remove"));
  }

  @Test
  void theSecretGoesWithItsCluster() {
    run(workload.kubeconfigYaml(), "-");

    cluster().delete();

    await().atMost(Duration.ofSeconds(60)).until(() -> secret().get() == null);
  }

  @Test
  void leavesClustersOfClusterApiAlone() {
    hub.client()
        .resource(
            """
            apiVersion: cluster.x-k8s.io/v1beta2
            kind: Cluster
            metadata: {name: %s, namespace: %s}
            spec:
              paused: true
              infrastructureRef: {apiGroup: infrastructure.example, kind: Own, name: one}
            """
                .formatted(NAME, namespace.name()))
        .create();
    for (var result : List.of(run(workload.kubeconfigYaml(), "-"), run("", "--remove"))) {
      assertThat(result.status()).isEqualTo(1);
      assertThat(result.err()).contains("run by Cluster API itself").hasLineCount(1);
    }
    assertThat(cluster().get().isMarkedForDeletion()).isFalse();
    assertThat(secret().get()).isNull();
  }

  @Test
  void refusesKubeconfigsThatRunPrograms(@TempDir Path folder) throws Exception {
    var touched = folder.resolve("touched");
    var file = folder.resolve("kubeconfig");
    Files.writeString(
        file,
        workload
            .kubeconfigYaml()
            .replaceFirst(
                "client-certificate-data: .*",
                "exec: {apiVersion: client.authentication.k8s.io/v1, command: touch, args: ['%s']}"
                    .formatted(touched)));

    assertFails(run("", file.toString()), "(ExecRefused)");
    assertThat(touched).doesNotExist();
  }

  @Test
  void saysWhatIsWrongInOneSentence() {
    var kubeconfig = workload.kubeconfigYaml();
    var port = ":" + workload.url().getPort();
    assertFails(run("", "/nowhere/kubeconfig"), "/nowhere/kubeconfig cannot be read");
    assertFails(run("", "-"), "(KubeconfigInvalid)");
    assertFails(run(kubeconfig.replace(port, ":1"), "-"), "the connection is refused");
    assertFails(
        run(kubeconfig.replace("127.0.0.1" + port, "nowhere.invalid"), "-"), "name is not known");
    assertFails(
        run(kubeconfig.replace(port, ":" + hub.url().getPort()), "-"), "certificate does not fit");
    assertFails(
        run(
            kubeconfig
                .replaceFirst("client-certificate-data: .*", "token: wrong")
                .replaceFirst("client-key-data: .*", ""),
            "-"),
        "does not accept the credentials");
    assertFails(
        run(kubeconfig, "-", "--namespace", "nowhere"), "'kubectl create namespace nowhere'");
    assertFails(run(kubeconfig, "-", "--label", "not/a/label=x"), "metadata.labels");
  }

  @Test
  void saysWhenAClusterDoesNotAnswer() {
    var hung = fleet.startCluster("hung");
    hung.hang();

    assertFails(run(hung.kubeconfigYaml(), "-"), "no answer within");
  }

  @Test
  void usageErrorsHaveTheirOwnStatus() {
    assertThat(run("").status()).isEqualTo(2);
    assertThat(run("", "-", "--name", "Not-A-Name").status()).isEqualTo(2);
    assertThat(run("", "-", "--label", "novalue").status()).isEqualTo(2);
    assertThat(run("", "--unknown").err()).contains("--unknown").hasLineCount(2);
  }

  private void assertFails(Result result, String why) {
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err()).contains(why).startsWith("enrol-cluster: ").hasLineCount(1);
    assertThat(cluster().get()).isNull();
    assertThat(secret().get()).isNull();
  }

  private Result run(String stdin, String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    if (!all.contains("--name")) {
      all.addAll(List.of("--name", NAME));
    }
    if (!all.contains("--namespace")) {
      all.addAll(List.of("--namespace", namespace.name()));
    }
    var out = new StringWriter();
    var err = new StringWriter();
    var status =
        EnrolCluster.commandLine(
                () -> Config.fromKubeconfig(hub.kubeconfigYaml()),
                new ByteArrayInputStream(stdin.getBytes(UTF_8)))
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(all.toArray(String[]::new));
    return new Result(status, out.toString(), err.toString());
  }

  private Resource<GenericKubernetesResource> cluster() {
    return hub.client()
        .genericKubernetesResources("cluster.x-k8s.io/v1beta2", "Cluster")
        .inNamespace(namespace.name())
        .withName(NAME);
  }

  private Resource<Secret> secret() {
    return hub.client().secrets().inNamespace(namespace.name()).withName(NAME + "-kubeconfig");
  }

  private static boolean isInitialized(GenericKubernetesResource cluster) {
    return Boolean.TRUE.equals(cluster.get("status", "initialization", "controlPlaneInitialized"));
  }

  private static Object conditionStatus(GenericKubernetesResource cluster, String type) {
    @Nullable List<Map<String, Object>> conditions = cluster.get("status", "conditions");
    return Stream.ofNullable(conditions)
        .flatMap(List::stream)
        .filter(condition -> type.equals(condition.get("type")))
        .findFirst()
        .map(condition -> condition.get("status"))
        .orElse("absent");
  }

  private record Result(int status, String out, String err) {}
}
