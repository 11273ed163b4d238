package dev.tranche.controlplane;

import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import java.util.List;

/** Somebody else who assigns to clusters, with a field manager of its own. */
final class ThirdParty {
  private ThirdParty() {}

  /** Writes its entry, and no other field than it needs. */
  static void assign(TestFleet hub, String cluster, String url) {
    var assemblage =
        hub.client()
            .getKubernetesSerialization()
            .unmarshal(
                """
                apiVersion: fleet.tranche.dev/v1alpha1
                kind: RemoteAssemblage
                metadata: {name: %s, namespace: %s}
                spec:
                  kubeconfigRef: {name: %s-kubeconfig}
                  syncs:
                  - origin: Acme
                    name: theirs
                    revision: "1"
                    source: {git: {url: "%s", version: {tag: v1.0.0}}}
                """
                    .formatted(cluster, hub.namespace(), cluster, url),
                RemoteAssemblage.class);
    hub.client().resource(assemblage).fieldManager("acme").serverSideApply();
  }

  /** Its entry. */
  static AssignedSync entry(TestFleet hub, String cluster) {
    return hub.assemblage(cluster).orElseThrow().getSpec().syncs().stream()
        .filter(sync -> sync.origin().equals("Acme"))
        .findFirst()
        .orElseThrow();
  }

  /** The field managers that own something of its entry. */
  static List<String> managers(TestFleet hub, String cluster) {
    return hub.assemblage(cluster).orElseThrow().getMetadata().getManagedFields().stream()
        .filter(fields ->
            fields.getSubresource() == null
                && hub.client()
                    .getKubernetesSerialization()
                    .asJson(fields.getFieldsV1())
                    .contains("\\\"origin\\\":\\\"Acme\\\""))
        .map(fields -> fields.getManager())
        .toList();
  }
}
