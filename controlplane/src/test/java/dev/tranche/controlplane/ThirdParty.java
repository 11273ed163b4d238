package dev.tranche.controlplane;

import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.Delivery;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;

/** Somebody else who assigns to clusters, with a field manager of its own. */
final class ThirdParty {
  private ThirdParty() {}

  /** Writes its entry, and no other field than it needs. */
  static void assign(TestFleet hub, String cluster, String url) {
    assign(hub, Delivery.REMOTE, cluster, url);
  }

  static void assign(TestFleet hub, Delivery delivery, String cluster, String url) {
    var syncs =
        """
        syncs:
        - origin: Acme
          name: theirs
          revision: "1"
          source: {git: {url: "%s", version: {tag: v1.0.0}}}
        """
            .formatted(url);
    var assemblage =
        hub.client()
            .getKubernetesSerialization()
            .<HasMetadata>unmarshal(
                """
                apiVersion: fleet.tranche.dev/v1alpha1
                kind: %s
                metadata: {name: %s, namespace: %s}
                spec:
                  kubeconfigRef: {name: %s-kubeconfig}
                """
                        .formatted(
                            delivery == Delivery.REMOTE ? "RemoteAssemblage" : "ProxyAssemblage",
                            cluster,
                            hub.namespace(),
                            cluster)
                    + (delivery == Delivery.REMOTE ? syncs : "assemblage:\n" + syncs.indent(2))
                        .indent(2));
    hub.client().resource(assemblage).fieldManager("acme").serverSideApply();
  }

  /** Its entry. */
  static AssignedSync entry(TestFleet hub, String cluster) {
    return entry(hub, Delivery.REMOTE, cluster);
  }

  static AssignedSync entry(TestFleet hub, Delivery delivery, String cluster) {
    return hub.syncs(delivery, cluster).stream()
        .filter(sync -> sync.origin().equals("Acme"))
        .findFirst()
        .orElseThrow();
  }

  /** The field managers that own something of its entry. */
  static List<String> managers(TestFleet hub, Delivery delivery, String cluster) {
    HasMetadata assemblage =
        delivery == Delivery.REMOTE
            ? hub.assemblage(cluster).orElseThrow()
            : hub.proxyAssemblage(cluster).orElseThrow();
    return assemblage.getMetadata().getManagedFields().stream()
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
