package dev.tranche.controlplane.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.LenientSerialization;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClustersTest {
  private final KubernetesSerialization serialization = LenientSerialization.create();

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          v1beta2: initialised            | v1beta2 | {}                  | {initialization: {controlPlaneInitialized: true}}  | true  | false
          v1beta2: not initialised        | v1beta2 | {}                  | {initialization: {controlPlaneInitialized: false}} | false | false
          v1beta2: nothing said           | v1beta2 | {}                  | {}                                                 | false | false
          v1beta2: the condition is none  | v1beta2 | {}                  | {conditions: [{type: ControlPlaneInitialized, status: 'True'}]} | false | false
          v1beta2: paused                 | v1beta2 | {paused: true}      | {}                                                 | false | true
          v1beta1: ready                  | v1beta1 | {}                  | {controlPlaneReady: true}                          | true  | false
          v1beta1: not ready              | v1beta1 | {}                  | {controlPlaneReady: false}                         | false | false
          v1beta1: paused                 | v1beta1 | {paused: true}      | {controlPlaneReady: true}                          | true  | true
          """)
  void readsBothVersions(
      String name,
      String version,
      String spec,
      String status,
      boolean initialized,
      boolean paused) {
    var facts = facts(version, "{}", spec, status);
    assertThat(facts.initialized()).isEqualTo(initialized);
    assertThat(facts.paused()).isEqualTo(paused);
    assertThat(facts.deleting()).isFalse();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          no probe yet     | []                                                                                                     |
          never tried      | [{type: RemoteConnectionProbe, status: 'False', message: 'Remote connection not established yet'}]      |
          reached          | [{type: RemoteConnectionProbe, status: 'True', message: ''}]                                           |
          not reached      | [{type: RemoteConnectionProbe, status: 'False', message: 'Remote connection probe failed'}]            | Remote connection probe failed
          another one      | [{type: Available, status: 'False', message: 'no'}]                                                    |
          """)
  void unreachableIsWhatTheProbeSays(String name, String conditions, String unreachable) {
    assertThat(facts("v1beta2", "{}", "{}", "{conditions: " + conditions + "}").unreachable())
        .isEqualTo(unreachable);
    assertThat(
            facts("v1beta1", "{}", "{}", "{v1beta2: {conditions: " + conditions + "}}")
                .unreachable())
        .isEqualTo(unreachable);
  }

  @ParameterizedTest
  @CsvSource({"v1beta1", "v1beta2"})
  void metadataIsRead(String version) {
    var facts =
        facts(
            version,
            "{cluster.x-k8s.io/paused: ''}, labels: {env: prod}, deletionTimestamp: '2026-01-01T00:00:00Z'",
            "{}",
            "{}");
    assertThat(facts.paused()).isTrue();
    assertThat(facts.deleting()).isTrue();
    assertThat(facts.labels()).containsEntry("env", "prod");
    assertThat(facts.apiVersion()).isEqualTo("cluster.x-k8s.io/" + version);
  }

  private Clusters.Facts facts(String version, String annotations, String spec, String status) {
    var yaml =
        """
        apiVersion: cluster.x-k8s.io/%s
        kind: Cluster
        metadata: {namespace: fleet, name: a, uid: u, annotations: %s}
        spec: %s
        status: %s
        """
            .formatted(version, annotations, spec, status);
    return version.equals("v1beta1")
        ? Clusters.facts(
            serialization.unmarshal(yaml, dev.tranche.crd.clusterapi.v1beta1.Cluster.class))
        : Clusters.facts(
            serialization.unmarshal(yaml, dev.tranche.crd.clusterapi.v1beta2.Cluster.class));
  }
}
