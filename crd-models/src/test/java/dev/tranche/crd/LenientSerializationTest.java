package dev.tranche.crd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.clusterapi.v1beta2.Cluster;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.v1alpha1.FailurePolicy;
import dev.tranche.crd.v1alpha1.Gate;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.ModuleRef;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.crd.v1alpha1.RolloutApproval;
import dev.tranche.crd.v1alpha1.RolloutOrder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A newer version of a CRD, ours or another's, does not stop an informer. */
class LenientSerializationTest {
  private final KubernetesSerialization serialization = LenientSerialization.create();

  @Test
  void unknownFieldsAreLeftOut() {
    var cluster =
        serialization.unmarshal(
            """
            apiVersion: cluster.x-k8s.io/v1beta2
            kind: Cluster
            metadata: {name: a}
            spec: {paused: true, novelty: {deep: 1}}
            status: {initialization: {controlPlaneInitialized: true, novelty: 1}, novelty: [x]}
            novelty: 1
            """,
            Cluster.class);
    assertThat(cluster.getSpec().getPaused()).isTrue();
    assertThat(cluster.getStatus().getInitialization().getControlPlaneInitialized()).isTrue();
  }

  @Test
  void unknownEnumValuesAreReadAsNull() {
    var kustomization =
        serialization.unmarshal(
            """
            apiVersion: kustomize.toolkit.fluxcd.io/v1
            kind: Kustomization
            metadata: {name: a}
            spec: {deletionPolicy: Novelty, path: ./x}
            """,
            Kustomization.class);
    assertThat(kustomization.getSpec().getPath()).isEqualTo("./x");
    assertThat(kustomization.getSpec().getDeletionPolicy()).isNull();

    var assemblage =
        serialization.unmarshal(
            """
            apiVersion: fleet.tranche.dev/v1alpha1
            kind: RemoteAssemblage
            metadata: {name: a}
            spec:
              kubeconfigRef: {name: a-kubeconfig}
              syncs:
              - {origin: Module, name: m, revision: r, novelty: 1, source: {git: {url: "https://x/y", version: {tag: v1}}}}
            status: {syncs: [{origin: Module, name: m, state: Novelty}]}
            """,
            RemoteAssemblage.class);
    assertThat(assemblage.getStatus().syncs().getFirst().state()).isNull();
    assertThat(assemblage.getSpec().syncs().getFirst().revision()).isEqualTo("r");
  }

  @Test
  void unknownWordsOfARolloutAreReadAsNull() {
    var module =
        serialization.unmarshal(
            """
            apiVersion: fleet.tranche.dev/v1alpha1
            kind: Module
            metadata: {name: a}
            spec:
              sync: {source: {git: {url: "https://x/y", version: {tag: v1}}}}
              rollout:
                strategy: Novelty
                maxUnready: 20%
                order: {by: Novelty}
                unmatched: Novelty
                joining: Novelty
                failure: {action: Novelty, maxFailed: 1}
                stages: [{name: s, selector: {}, gates: [{novelty: {}}]}]
            status:
              rollout: {stages: [{name: s, state: Novelty, total: 2}], decision: {action: Novelty, reason: R}}
            """,
            Module.class);
    var rollout = Objects.requireNonNull(module.getSpec().rollout());
    assertThat(rollout.strategy()).isNull();
    assertThat(rollout.order()).isEqualTo(new RolloutOrder(null, null));
    assertThat(rollout.unmatched()).isNull();
    assertThat(rollout.joining()).isNull();
    assertThat(rollout.failure()).isEqualTo(new FailurePolicy(new IntOrString(1), null, null));
    assertThat(rollout.maxUnready()).isEqualTo(new IntOrString("20%"));
    assertThat(rollout.stages().getFirst().gates()).containsExactly(new Gate(null, null, null));
    var status = Objects.requireNonNull(module.getStatus().rollout());
    assertThat(status.stages().getFirst().state()).isNull();
    assertThat(status.stages().getFirst().total()).isEqualTo(2);
    assertThat(Objects.requireNonNull(status.decision()).action()).isNull();
    assertThat(status.decision().reason()).isEqualTo("R");

    var approval =
        serialization.unmarshal(
            """
            apiVersion: fleet.tranche.dev/v1alpha1
            kind: RolloutApproval
            metadata: {name: a}
            spec: {moduleRef: {kind: Novelty, name: m}, stage: s, revision: r, approvedBy: u}
            """,
            RolloutApproval.class);
    assertThat(approval.getSpec().moduleRef()).isEqualTo(new ModuleRef(null, "m"));
  }

  @Test
  void timesWithAndWithoutFractionsAreRead() {
    for (var time : new String[] {"2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123456Z"}) {
      var kustomization =
          serialization.unmarshal(
              """
              apiVersion: kustomize.toolkit.fluxcd.io/v1
              kind: Kustomization
              metadata: {name: a, creationTimestamp: "2026-01-02T03:04:05Z"}
              spec: {}
              status: {conditions: [{type: Ready, status: "True", lastTransitionTime: "%s"}]}
              """
                  .formatted(time),
              Kustomization.class);
      assertThat(kustomization.getStatus().getConditions().getFirst().getStatus())
          .isEqualTo("True");
    }
  }
}
