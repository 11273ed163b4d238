package dev.tranche.controlplane;

import static dev.tranche.controlplane.FleetObserver.withinTwoSeconds;
import static dev.tranche.controlplane.TestFleet.eventually;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.ByteArrayInputStream;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** An assignment that the API server does not take, as an admission policy may have it. */
@FleetTest(flux = false, clusterApi = false)
class RefusedWriteTest {
  @Test
  void isSaidAndHoldsBackNothingNewer(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    var hub = TestFleet.in(namespace);
    var observer = new FleetObserver(hub);
    refuseVersion(hub, "v6.6.6");
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      var mark = fleet.hub().auditLog().mark();
      hub.apply(TestFleet.module("settings", AppRepository.url(), "v6.6.6", "{}"));
      hub.enrol("alpha", alpha, Map.of());
      eventually()
          .untilAsserted(() ->
              assertThat(TestFleet.condition(hub.module("settings"), "Ready"))
                  .hasValueSatisfying(ready -> {
                    assertThat(ready.getReason()).isEqualTo("AssignmentNotWritten");
                    assertThat(ready.getMessage()).contains("alpha", "version-policy");
                  }));
      eventually()
          .untilAsserted(() ->
              assertThat(
                      hub.client()
                          .events()
                          .v1()
                          .events()
                          .inNamespace(hub.namespace())
                          .list()
                          .getItems())
                  .anySatisfy(
                      event -> assertThat(event.getReason()).isEqualTo("AssignmentNotWritten")));

      // Another module for the same cluster is not refused with it.
      hub.apply(TestFleet.module("other", AppRepository.url(), "v1.0.0", "{}"));
      eventually()
          .untilAsserted(
              () -> assertThat(observer.assigned("alpha")).containsExactly("Module/other"));

      // By now it waits longer between two attempts than a newer version may take.
      eventually()
          .untilAsserted(() -> assertThat(observer.refusedSince(mark)).hasSizeGreaterThan(6));

      hub.apply(TestFleet.module("settings", AppRepository.url(), "v1.0.0", "{}"));
      withinTwoSeconds()
          .untilAsserted(() ->
              assertThat(observer.assigned("alpha"))
                  .containsExactlyInAnyOrder("Module/other", "Module/settings"));
    }
  }

  /** A policy for the namespace of the test; returns once it is in force. */
  private static void refuseVersion(TestFleet hub, String version) {
    var policy =
        """
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicy
        metadata: {name: $namespace}
        spec:
          matchConstraints:
            namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: $namespace}}
            resourceRules:
            - apiGroups: [fleet.tranche.dev]
              apiVersions: ["*"]
              operations: [CREATE, UPDATE]
              resources: [remoteassemblages]
          validations:
          - expression: object.spec.syncs.all(s, s.source.git.version.tag != "%s")
            message: refused by version-policy
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata: {name: $namespace}
        spec: {policyName: $namespace, validationActions: [Deny]}
        """
            .formatted(version)
            .replace("$namespace", hub.namespace());
    hub.client()
        .load(new ByteArrayInputStream(policy.getBytes(UTF_8)))
        .items()
        .forEach(object -> hub.client().resource(object).serverSideApply());
    var probe =
        """
        apiVersion: fleet.tranche.dev/v1alpha1
        kind: RemoteAssemblage
        metadata: {name: probe, namespace: %s}
        spec:
          kubeconfigRef: {name: probe-kubeconfig}
          syncs:
          - origin: Acme
            name: probe
            revision: "1"
            source: {git: {url: "https://git.invalid/a", version: {tag: %s}}}
        """
            .formatted(hub.namespace(), version);
    eventually()
        .untilAsserted(() ->
            assertThatThrownBy(() ->
                    hub.client().resource(probe).inNamespace(hub.namespace()).dryRun().create())
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("version-policy"));
  }
}
