package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.condition;
import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.controlplane.module.MarkerSettings;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.Summary;
import dev.tranche.crd.v1alpha1.SyncMarker;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.git.GitRepo;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How far a module was applied everywhere is kept where it outlives the control plane. */
@FleetTest(flux = false)
class SyncMarkersTest {
  private static final MarkerSettings IN_GIT =
      new MarkerSettings(MarkerSettings.SyncState.GIT, false);
  private static final MarkerSettings READ_ONLY =
      new MarkerSettings(MarkerSettings.SyncState.GIT, true);
  private static final String ANNOTATION = "sync-marker.fleet.tranche.dev/module.app";

  @Test
  void inTheStatusWhereThereIsNoSecret(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var git = repository(fleet, namespace);
    try (var flux = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.enrol("beta", hub.hub(), Map.of());
      flux.hangs("beta", "v1");
      hub.apply(module(git, "v1", ""));
      eventually()
          .untilAsserted(() ->
              assertThat(hub.module("app").getStatus().summary())
                  .extracting(Summary::succeeded)
                  .isEqualTo(1));
      assertThat(hub.module("app").getStatus().marker()).isNull();
      flux.succeeds("v1");
      awaitMarker(hub, git.tagged("v1").orElseThrow());
      hub.apply(module(git, "v2", ""));
      awaitMarker(hub, git.tagged("v2").orElseThrow());
      assertThat(marker(hub).tag()).isEqualTo("v2");
      assertThat(marker(hub).keptIn()).isNull();
      assertThat(git.requests().receives()).isZero();
    }
  }

  @Test
  void onTheSecretWithTheCredentials(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var git = repository(fleet, namespace);
    git.requireCredentials("tranche", "a-password");
    hub.client().resource(credentials(hub)).create();
    var first = git.tagged("v1").orElseThrow();
    var second = git.tagged("v2").orElseThrow();
    try (var _ = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.apply(module(git, "v1", ", secretRef: {name: git}"));
      awaitMarker(hub, first);
      assertThat(annotation(hub)).isEqualTo(first);
      assertThat(marker(hub).keptIn()).isEqualTo("Secret git");

      // Somebody else moves it.
      annotate(hub, "by hand");
      eventually().until(() -> condition(hub.module("app"), "MarkerMoved").isPresent());
      hub.apply(module(git, "v2", ", secretRef: {name: git}"));
      hub.awaitReady("app");
      assertThat(annotation(hub)).isEqualTo("by hand");
      assertThat(marker(hub).revision()).isEqualTo(first);

      // Taken away it is kept again.
      annotate(hub, null);
      awaitMarker(hub, second);
      eventually().untilAsserted(() -> assertThat(annotation(hub)).isEqualTo(second));
      eventually().until(() -> condition(hub.module("app"), "MarkerMoved").isEmpty());

      hub.client().resources(Module.class).inNamespace(hub.namespace()).withName("app").delete();
      eventually().until(() -> annotation(hub) == null);
    }
  }

  @Test
  void asATagOfTheRepository(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var git = repository(fleet, namespace);
    var first = git.tagged("v1").orElseThrow();
    var second = git.tagged("v2").orElseThrow();
    var tag = "tranche/%s/app".formatted(namespace.name());
    try (var _ = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name(), IN_GIT);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name(), IN_GIT)) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.apply(module(git, "v1", ""));
      awaitMarker(hub, first);
      assertThat(git.tagged(tag)).contains(first);
      assertThat(marker(hub).keptIn()).isEqualTo("tag " + tag);
      hub.apply(module(git, "v2", ""));
      awaitMarker(hub, second);
      assertThat(git.tagged(tag)).contains(second);

      // Somebody else moves it, which is told and left alone.
      git.moveTag(tag, first);
      askNow(hub);
      eventually().until(() -> condition(hub.module("app"), "MarkerMoved").isPresent());
      assertThat(git.tagged(tag)).contains(first);
      git.moveTag(tag, second);
      askNow(hub);
      eventually().until(() -> condition(hub.module("app"), "MarkerMoved").isEmpty());
      hub.client().resources(Module.class).inNamespace(hub.namespace()).withName("app").delete();
      eventually().until(() -> git.tagged(tag).isEmpty());
    }
  }

  @Test
  void readOnlyMeansNoWriteAtAll(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var git = repository(fleet, namespace);
    try (var _ = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name(), READ_ONLY)) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.apply(module(git, "v1", ""));
      awaitMarker(hub, git.tagged("v1").orElseThrow());
      assertThat(condition(hub.module("app"), "MarkerNotKept").orElseThrow().getReason())
          .isEqualTo("GitReadOnly");
      hub.awaitReady("app");
      hub.client().resources(Module.class).inNamespace(hub.namespace()).withName("app").delete();
      eventually().until(() -> hub.module("app") == null);
      assertThat(git.requests().receives()).isZero();
      assertThat(git.tagged("tranche/%s/app".formatted(namespace.name()))).isEmpty();
    }
  }

  private static void awaitMarker(TestFleet hub, String commit) {
    eventually().untilAsserted(() -> assertThat(marker(hub).revision()).isEqualTo(commit));
  }

  private static SyncMarker marker(TestFleet hub) {
    return Objects.requireNonNull(hub.module("app").getStatus().marker());
  }

  private static @Nullable String annotation(TestFleet hub) {
    return Objects.requireNonNullElse(
            hub.client()
                .secrets()
                .inNamespace(hub.namespace())
                .withName("git")
                .get()
                .getMetadata()
                .getAnnotations(),
            Map.<String, String>of())
        .get(ANNOTATION);
  }

  private static void annotate(TestFleet hub, @Nullable String value) {
    hub.client()
        .secrets()
        .inNamespace(hub.namespace())
        .withName("git")
        .edit(secret -> {
          var annotations = new HashMap<>(secret.getMetadata().getAnnotations());
          if (value == null) {
            annotations.remove(ANNOTATION);
          } else {
            annotations.put(ANNOTATION, value);
          }
          secret.getMetadata().setAnnotations(annotations);
          return secret;
        });
  }

  private static void askNow(TestFleet hub) {
    hub.client()
        .resources(Module.class)
        .inNamespace(hub.namespace())
        .withName("app")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"annotations\":{\"reconcile.fluxcd.io/requestedAt\":\"%d\"}}}"
                .formatted(System.nanoTime()));
  }

  private static Secret credentials(TestFleet hub) {
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace(hub.namespace())
        .withName("git")
        .endMetadata()
        .withStringData(Map.of("username", "tranche", "password", "a-password"))
        .build();
  }

  private static GitRepo repository(Fleet fleet, TestNamespace namespace) {
    var git = fleet.git().createRepository(namespace.name() + "-app");
    git.commit(Map.of("cm.yaml", "one"), "one");
    git.tag("v1");
    git.commit(Map.of("cm.yaml", "two"), "two");
    git.tag("v2");
    return git;
  }

  private static String module(GitRepo git, String tag, String rest) {
    return """
    apiVersion: fleet.tranche.dev/v1alpha1
    kind: Module
    metadata: {name: app}
    spec:
      selector: {}
      sync:
        source: {git: {url: "%s", version: {tag: %s}%s}}
    """
        .formatted(git.url(), tag, rest);
  }
}
