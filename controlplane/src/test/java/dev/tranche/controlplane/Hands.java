package dev.tranche.controlplane;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;

/** What people do to objects behind the back of the control plane. */
record Hands(TestFleet hub) {
  /** As {@code kubectl patch --type=merge} does. */
  <T extends HasMetadata> T edit(Class<T> type, String name, String patch) {
    return edit(type, name, PatchType.JSON_MERGE, patch);
  }

  <T extends HasMetadata> T edit(Class<T> type, String name, PatchType how, String patch) {
    return hub.client()
        .resources(type)
        .inNamespace(hub.namespace())
        .withName(name)
        .patch(
            new PatchContext.Builder().withPatchType(how).withFieldManager("kubectl-patch").build(),
            patch);
  }

  /** As {@code kubectl delete --wait=false} does. */
  void delete(HasMetadata object) {
    hub.client().resource(object).delete();
  }
}
