package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tranche.crd.LenientSerialization;
import dev.tranche.crd.v1alpha1.ModuleRef;
import dev.tranche.crd.v1alpha1.RolloutApproval;
import dev.tranche.crd.v1alpha1.RolloutApprovalSpec;
import dev.tranche.testbed.Hub;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who may approve, with {@code deploy/approvals} applied. */
@FleetTest(flux = false)
class ApprovalRightsTest {
  private static final String POLICY = "tranche-rollout-approver";
  private static final String ADA = "ada@example.com";

  @AfterEach
  void removePolicy(Hub hub, TestNamespace namespace) {
    // The hub is shared with other tests, and what was deleted still holds for a moment.
    var admission = hub.client().admissionRegistration().v1();
    admission.validatingAdmissionPolicyBindings().withName(POLICY).delete();
    admission.validatingAdmissionPolicies().withName(POLICY).delete();
    eventually()
        .until(() ->
            hub.client()
                    .resource(approval("anybody", "anybody"))
                    .inNamespace(namespace.name())
                    .dryRun()
                    .create()
                != null);
  }

  @Test
  void nobodyApprovesInTheNameOfSomebodyElse(Hub hub, TestNamespace namespace) {
    hub.apply(Path.of("deploy", "approvals"));
    grantApproving(hub, namespace);
    try (var ada = clientOf(hub, ADA);
        var bob = clientOf(hub, "bob@example.com")) {
      eventually()
          .untilAsserted(() ->
              assertThatThrownBy(() -> create(ada, namespace, approval("other", "bob")))
                  .isInstanceOfSatisfying(
                      KubernetesClientException.class,
                      e ->
                          assertThat(e.getMessage())
                              .contains(
                                  "spec.approvedBy must be the name of the user who approves: "
                                      + ADA)));
      assertThatThrownBy(() -> create(bob, namespace, approval("bobs", "bob@example.com")))
          .hasMessageContaining("is forbidden: User \"bob@example.com\" cannot create");
      assertThat(create(ada, namespace, approval("adas", ADA)).getSpec().moduleRef())
          .isEqualTo(new ModuleRef(ModuleRef.ModuleKind.MODULE, "app"));
      assertThatThrownBy(() ->
              ada.resources(RolloutApproval.class)
                  .inNamespace(namespace.name())
                  .withName("adas")
                  .delete())
          .hasMessageContaining("cannot delete");
    }
  }

  @Test
  void whatWasApprovedDoesNotChange(Hub hub, TestNamespace namespace) {
    create(hub.client(), namespace, approval("adas", ADA));
    for (var change :
        List.<UnaryOperator<RolloutApprovalSpec>>of(
            spec -> with(spec, "europe", spec.revision(), spec.approvedBy()),
            spec -> with(spec, spec.stage(), "fedcba9876543210", spec.approvedBy()),
            spec -> with(spec, spec.stage(), spec.revision(), "bob"))) {
      var changed = stored(hub, namespace);
      changed.setSpec(change.apply(changed.getSpec()));
      assertThatThrownBy(() -> hub.client().resource(changed).update())
          .hasMessageContaining("an approval is a record and does not change; make another one");
    }
    var labelled = stored(hub, namespace);
    labelled.getMetadata().getLabels().put("seen", "yes");
    hub.client().resource(labelled).update();
    assertThat(stored(hub, namespace).getMetadata().getLabels()).containsEntry("seen", "yes");
  }

  private static RolloutApproval stored(Hub hub, TestNamespace namespace) {
    return hub.client()
        .resources(RolloutApproval.class)
        .inNamespace(namespace.name())
        .withName("adas")
        .require();
  }

  private static RolloutApprovalSpec with(
      RolloutApprovalSpec spec, String stage, String revision, String approvedBy) {
    return new RolloutApprovalSpec(spec.moduleRef(), stage, revision, approvedBy, spec.comment());
  }

  private static RolloutApproval approval(String name, String approvedBy) {
    var approval = new RolloutApproval();
    approval.getMetadata().setName(name);
    approval.setSpec(
        new RolloutApprovalSpec(
            new ModuleRef(null, "app"), "canary", "0123456789abcdef", approvedBy, null));
    return approval;
  }

  private static RolloutApproval create(
      KubernetesClient client, TestNamespace namespace, RolloutApproval approval) {
    return client
        .resources(RolloutApproval.class)
        .inNamespace(namespace.name())
        .resource(approval)
        .create();
  }

  private static void grantApproving(Hub hub, TestNamespace namespace) {
    hub.client()
        .resource(
            new RoleBindingBuilder()
                .withNewMetadata()
                .withName("approvers")
                .withNamespace(namespace.name())
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", POLICY)
                .addNewSubject("rbac.authorization.k8s.io", "User", ADA, null)
                .build())
        .create();
  }

  private static KubernetesClient clientOf(Hub hub, String user) {
    return new KubernetesClientBuilder()
        .withConfig(Config.fromKubeconfig(hub.kubeconfigFor(user, List.of("system:authenticated"))))
        .withKubernetesSerialization(LenientSerialization.create())
        .build();
  }
}
