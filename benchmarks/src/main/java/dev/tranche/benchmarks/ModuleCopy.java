package dev.tranche.benchmarks;

import dev.tranche.crd.v1alpha1.Module;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.apps.ControllerRevisionBuilder;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import java.util.UUID;

/**
 * A module of a site in another namespace, for which a script writes what a control plane writes.
 */
record ModuleCopy(Site site, Module module) {
  static ModuleCopy create(Site site, Module module, String namespace) {
    var copy = new Module();
    copy.setMetadata(metadata(module.getMetadata().getName(), namespace));
    copy.setSpec(module.getSpec());
    return new ModuleCopy(site, site.client().resource(copy).create());
  }

  /** Writes the status that the module has at the site by now. */
  Runnable status() {
    var status = new Module();
    status.setMetadata(metadata(module.getMetadata().getName(), namespace()));
    status.setStatus(
        site.client()
            .resources(Module.class)
            .inNamespace(site.namespace())
            .withName(module.getMetadata().getName())
            .require()
            .getStatus());
    return () -> BareClient.applyStatus(site.client(), status);
  }

  /** Tells of a step of its rollout. */
  void event() {
    create(
        new EventBuilder()
            .withMetadata(metadata(UUID.randomUUID().toString(), namespace()))
            .withNewEventTime("2026-01-01T00:00:00.000000Z")
            .withReportingController("fleet.tranche.dev/script")
            .withReportingInstance("script")
            .withRegarding(
                new ObjectReferenceBuilder()
                    .withApiVersion(module.getApiVersion())
                    .withKind(module.getKind())
                    .withNamespace(namespace())
                    .withName(module.getMetadata().getName())
                    .withUid(module.getMetadata().getUid())
                    .build())
            .withType("Normal")
            .withReason("StagePassed")
            .withAction("Rollout")
            .withNote("v1.0.0: a stage is passed, and the next one begins with all of its clusters")
            .build());
  }

  /** Adds its content to its history. */
  void history() {
    create(
        new ControllerRevisionBuilder()
            .withMetadata(metadata(UUID.randomUUID().toString(), namespace()))
            .withRevision(1L)
            .withData(module.getSpec().sync())
            .build());
  }

  private void create(HasMetadata object) {
    site.client().resource(object).create();
  }

  private String namespace() {
    return module.getMetadata().getNamespace();
  }

  private static ObjectMeta metadata(String name, String namespace) {
    return new ObjectMetaBuilder().withName(name).withNamespace(namespace).build();
  }
}
