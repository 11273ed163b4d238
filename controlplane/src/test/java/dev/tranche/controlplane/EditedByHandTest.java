package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tranche.assemblage.Expansion;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What people edit of ours is set right, each thing once, and the control plane rests again. */
@FleetTest(flux = false)
class EditedByHandTest {
  private static final String URL = AppRepository.url();
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** More than a write or two for one edit means that somebody is fought with. */
  private static final int WRITES_PER_EDIT = 6;

  @Test
  void assemblages(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var hands = new Hands(hub);
    var stranger =
        hub.client()
            .resource(
                new ConfigMapBuilder()
                    .withNewMetadata()
                    .withNamespace(namespace.name())
                    .withName("stranger")
                    .endMetadata()
                    .build())
            .create();
    var edits = new LinkedHashMap<String, Runnable>();
    merge(edits, "kubeconfig-name", "{\"spec\":{\"kubeconfigRef\":{\"name\":\"other\"}}}", hands);
    merge(edits, "kubeconfig-key", "{\"spec\":{\"kubeconfigRef\":{\"key\":\"other\"}}}", hands);
    merge(edits, "entries-gone", "{\"spec\":{\"syncs\":null}}", hands);
    merge(edits, "owner-gone", "{\"metadata\":{\"ownerReferences\":null}}", hands);
    merge(edits, "finalizer-gone", "{\"metadata\":{\"finalizers\":null}}", hands);
    merge(
        edits,
        "owner-another",
        """
        {"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"stranger",
         "uid":"%s","controller":true}]}}\
        """
            .formatted(stranger.getMetadata().getUid()),
        hands);
    patch(edits, "entry-gone", "remove", "/spec/syncs/0", "null", hands);
    patch(edits, "revision", "replace", "/spec/syncs/0/revision", "\"by-hand\"", hands);
    patch(
        edits,
        "tag",
        "replace",
        "/spec/syncs/0/source/git/version/revision",
        "\"9999999999999999999999999999999999999999\"",
        hands);
    patch(edits, "path", "replace", "/spec/syncs/0/package/kustomize/path", "\"./other\"", hands);
    patch(edits, "prune", "replace", "/spec/syncs/0/package/kustomize/prune", "false", hands);
    patch(
        edits, "default-gone", "remove", "/spec/syncs/0/package/kustomize/interval", "null", hands);
    patch(
        edits,
        "extra-field",
        "add",
        "/spec/syncs/0/package/kustomize/targetNamespace",
        "\"elsewhere\"",
        hands);
    patch(
        edits,
        "extra-value",
        "add",
        "/spec/syncs/0/package/kustomize/substitute/EXTRA~1~0",
        "\"by-hand\"",
        hands);
    patch(edits, "extra-in-source", "add", "/spec/syncs/0/source/git/ignore", "\"*.md\"", hands);
    patch(
        edits,
        "owner-not-controller",
        "replace",
        "/metadata/ownerReferences/0/controller",
        "false",
        hands);
    for (var origin : List.of("Module", "BootstrapModule")) {
      patch(
          edits,
          "stray-" + origin.toLowerCase(java.util.Locale.ROOT),
          "add",
          "/spec/syncs/-",
          """
          {"origin":"%s","name":"nobody","revision":"r",
           "source":{"git":{"url":"https://git.example.com/x.git","version":{"tag":"v1"}}}}\
          """
              .formatted(origin),
          hands);
    }

    try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      edits.keySet().forEach(cluster -> hub.enrol(cluster, hub.hub(), Map.of()));
      hub.apply(MODULE);
      eventually().until(() -> ours(hub, Kustomization.class).size() == edits.size());
      Writes.from(hub).awaitEnd();
      var before = ours(hub, RemoteAssemblage.class);
      var kustomizations = ours(hub, Kustomization.class);
      assertThat(before).hasSameSizeAs(edits);

      var writes = Writes.from(hub);
      edits.values().forEach(Runnable::run);
      eventually()
          .untilAsserted(() -> assertThat(ours(hub, RemoteAssemblage.class)).isEqualTo(before));
      eventually()
          .untilAsserted(
              () -> assertThat(ours(hub, Kustomization.class)).isEqualTo(kustomizations));
      writes.awaitEnd();
      assertThat(writes.list()).hasSizeLessThan(WRITES_PER_EDIT * edits.size());
      assertThat(ours(hub, RemoteAssemblage.class)).isEqualTo(before);
    }
  }

  @Test
  void kustomizations(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var hands = new Hands(hub);
    var edits = new LinkedHashMap<String, String>();
    edits.put("path", "{\"spec\":{\"path\":\"./other\"}}");
    edits.put("patches", "{\"spec\":{\"patches\":[{\"patch\":\"- op: remove\\n  path: /data\"}]}}");
    edits.put("suspend", "{\"spec\":{\"suspend\":true}}");
    edits.put("deletion-policy", "{\"spec\":{\"deletionPolicy\":\"Delete\"}}");
    edits.put(
        "orphan-mark",
        "{\"metadata\":{\"annotations\":{\"fleet.tranche.dev/deletion-policy\":\"Orphan\"}}}");
    edits.put("source", "{\"spec\":{\"sourceRef\":{\"name\":\"other\"}}}");
    edits.put("kubeconfig", "{\"spec\":{\"kubeConfig\":{\"secretRef\":{\"name\":\"other\"}}}}");
    edits.put("value", "{\"spec\":{\"postBuild\":{\"substitute\":{\"CLUSTER\":\"other\"}}}}");
    edits.put("extra-value", "{\"spec\":{\"postBuild\":{\"substitute\":{\"EXTRA\":\"x\"}}}}");
    edits.put(
        "values-from",
        "{\"spec\":{\"postBuild\":{\"substituteFrom\":[{\"kind\":\"ConfigMap\",\"name\":\"x\"}]}}}");
    edits.put(
        "managed-by", "{\"metadata\":{\"labels\":{\"%s\":null}}}".formatted(Expansion.MANAGED_BY));
    edits.put(
        "label", "{\"metadata\":{\"labels\":{\"%s\":\"x\"}}}".formatted(Expansion.ASSEMBLAGE));
    edits.put(
        "assemblage-gone",
        "{\"metadata\":{\"annotations\":{\"%s\":null}}}".formatted(Expansion.ASSEMBLAGE));
    edits.put(
        "assemblage-another",
        "{\"metadata\":{\"annotations\":{\"%s\":\"path\"}}}".formatted(Expansion.ASSEMBLAGE));
    edits.put("sync", "{\"metadata\":{\"annotations\":{\"%s\":\"x\"}}}".formatted(Expansion.SYNC));
    edits.put("annotations-gone", "{\"metadata\":{\"annotations\":null}}");
    edits.put("owner", "{\"metadata\":{\"ownerReferences\":null}}");

    try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      edits.keySet().forEach(cluster -> hub.enrol(cluster, hub.hub(), Map.of()));
      hub.apply(MODULE);
      eventually().until(() -> ours(hub, Kustomization.class).size() == edits.size());
      Writes.from(hub).awaitEnd();
      var before = ours(hub, Kustomization.class);
      var uids = uids(hub, Kustomization.class);
      var names =
          new PlayedFlux(hub)
              .kustomizations().stream()
                  .collect(
                      Collectors.toMap(
                          k -> k.getMetadata().getAnnotations().get(Expansion.ASSEMBLAGE),
                          k -> k.getMetadata().getName()));

      var writes = Writes.from(hub);
      edits.forEach((cluster, patch) ->
          hands.edit(Kustomization.class, String.valueOf(names.get(cluster)), patch));
      eventually()
          .untilAsserted(() -> assertThat(ours(hub, Kustomization.class)).isEqualTo(before));
      writes.awaitEnd();
      assertThat(writes.list()).hasSizeLessThan(WRITES_PER_EDIT * edits.size());
      assertThat(ours(hub, Kustomization.class)).isEqualTo(before);
      // Set right and not replaced: what was deleted would have been uninstalled.
      assertThat(uids(hub, Kustomization.class)).isEqualTo(uids);
    }
  }

  @Test
  void sources(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var hands = new Hands(hub);
    var edits =
        Map.of(
            "v1", "{\"spec\":{\"ref\":{\"commit\":\"9999999999999999999999999999999999999999\"}}}",
            "v2", "{\"spec\":{\"ref\":{\"branch\":\"main\"}}}",
            "v3", "{\"spec\":{\"ignore\":\"*.md\"}}",
            "v4", "{\"spec\":{\"suspend\":true}}",
            "v5", "{\"spec\":{\"url\":\"https://git.example.com/other.git\"}}",
            "v6", "{\"metadata\":{\"labels\":null}}");
    try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.enrol("beta", hub.hub(), Map.of());
      edits.keySet().forEach(tag -> hub.apply(TestFleet.module("app-" + tag, URL, tag, "{}")));
      eventually().until(() -> ours(hub, GitRepository.class).size() == edits.size());
      Writes.from(hub).awaitEnd();
      var before = ours(hub, GitRepository.class);
      var uids = uids(hub, GitRepository.class);

      var writes = Writes.from(hub);
      new PlayedFlux(hub)
          .sources()
          .forEach(source ->
              hands.edit(
                  GitRepository.class,
                  source.getMetadata().getName(),
                  String.valueOf(edits.get(source.getSpec().getRef().getTag()))));
      eventually()
          .untilAsserted(() -> assertThat(ours(hub, GitRepository.class)).isEqualTo(before));
      writes.awaitEnd();
      assertThat(writes.list()).hasSizeLessThan(WRITES_PER_EDIT * edits.size());
      assertThat(ours(hub, GitRepository.class)).isEqualTo(before);
      assertThat(uids(hub, GitRepository.class)).isEqualTo(uids);
    }
  }

  private static final String MODULE =
      """
      apiVersion: fleet.tranche.dev/v1alpha1
      kind: Module
      metadata: {name: app}
      spec:
        selector: {}
        sync:
          source: {git: {url: "%s", version: {revision: "1111111111111111111111111111111111111111"}}}
          package: {kustomize: {substitute: {CLUSTER: $(CLUSTER_NAME)}}}
      """
          .formatted(URL);

  private static void merge(
      Map<String, Runnable> edits, String cluster, String patch, Hands hands) {
    edits.put(cluster, () -> hands.edit(RemoteAssemblage.class, cluster, patch));
  }

  private static void patch(
      Map<String, Runnable> edits,
      String cluster,
      String op,
      String path,
      String value,
      Hands hands) {
    edits.put(
        cluster,
        () ->
            hands.edit(
                RemoteAssemblage.class,
                cluster,
                PatchType.JSON,
                op.equals("remove")
                    ? "[{\"op\":\"remove\",\"path\":\"%s\"}]".formatted(path)
                    : "[{\"op\":\"%s\",\"path\":\"%s\",\"value\":%s}]".formatted(op, path, value)));
  }

  /** The objects of a kind by name, as far as it is ours to say what they are. */
  private static <T extends HasMetadata> Map<String, JsonNode> ours(TestFleet hub, Class<T> type) {
    return hub.client().resources(type).inNamespace(hub.namespace()).list().getItems().stream()
        .collect(Collectors.toMap(o -> o.getMetadata().getName(), EditedByHandTest::ours));
  }

  private static JsonNode ours(HasMetadata object) {
    ObjectNode json = JSON.valueToTree(object);
    var ours = JSON.createObjectNode();
    ours.set("spec", json.path("spec"));
    for (var field : List.of("labels", "annotations", "ownerReferences", "finalizers")) {
      ours.set(field, json.path("metadata").path(field));
    }
    // Flux is asked to apply again what somebody marked to leave.
    if (ours.path("annotations") instanceof ObjectNode annotations) {
      annotations.remove("reconcile.fluxcd.io/requestedAt");
    }
    return ours;
  }

  private static <T extends HasMetadata> Map<String, String> uids(TestFleet hub, Class<T> type) {
    return hub.client().resources(type).inNamespace(hub.namespace()).list().getItems().stream()
        .collect(Collectors.toMap(o -> o.getMetadata().getName(), o -> o.getMetadata().getUid()));
  }
}
