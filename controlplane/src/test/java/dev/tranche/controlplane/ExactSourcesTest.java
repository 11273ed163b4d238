package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.condition;
import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.ExactSource;
import dev.tranche.crd.v1alpha1.GitVersion;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.Summary;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.git.GitRepo;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Tags and ranges of a real git server become commits, and stay what they were. */
@FleetTest(flux = false)
class ExactSourcesTest {
  @Test
  void aTagThatMovesIsToldAndNotFollowed(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var git = repository(fleet, namespace);
    var first = git.commit(Map.of("cm.yaml", "one"), "one");
    git.annotatedTag("v1", first, "the first");
    try (var _ = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.apply(module(git, "{tag: v1}", ""));
      hub.awaitReady("app");
      assertThat(version(hub, "alpha")).isEqualTo(new GitVersion("v1", first, null));
      assertThat(hub.module("app").getStatus().source())
          .isEqualTo(new ExactSource(git.url(), "v1", first));
      assertThat(sources(hub))
          .singleElement()
          .satisfies(source -> {
            assertThat(source.getSpec().getRef().getCommit()).isEqualTo(first);
            assertThat(source.getSpec().getRef().getTag()).isEqualTo("v1");
          });

      var second = git.commit(Map.of("cm.yaml", "two"), "two");
      git.moveTag("v1", second);
      askNow(hub);
      eventually()
          .untilAsserted(() ->
              assertThat(condition(hub.module("app"), "TagMoved").orElseThrow())
                  .satisfies(moved -> {
                    assertThat(moved.getReason()).isEqualTo("TagMoved");
                    assertThat(moved.getMessage()).contains(first, second);
                  }));
      assertThat(version(hub, "alpha").revision()).isEqualTo(first);
      // A cluster that joins gets what the others have.
      hub.enrol("beta", hub.hub(), Map.of());
      eventually()
          .untilAsserted(() -> assertThat(version(hub, "beta").revision()).isEqualTo(first));

      git.deleteTag("v1");
      askNow(hub);
      eventually()
          .until(() ->
              condition(hub.module("app"), "TagMoved")
                  .orElseThrow()
                  .getReason()
                  .equals("TagDeleted"));
      git.tag("v1", first);
      askNow(hub);
      eventually().until(() -> condition(hub.module("app"), "TagMoved").isEmpty());
      assertThat(TestFleet.isReady(hub.module("app"))).isTrue();

      // To have what the tag moved to, one says so.
      hub.apply(module(git, "{revision: \"%s\"}".formatted(second), ""));
      hub.awaitReady("app");
      assertThat(version(hub, "alpha")).isEqualTo(new GitVersion(null, second, null));
    }
  }

  @Test
  void whatATagWasFoundAtOutlivesTheControlPlaneAndTheRepository(
      Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var git = repository(fleet, namespace);
    var first = git.commit(Map.of("cm.yaml", "one"), "one");
    git.tag("v1");
    try (var _ = ScriptedFlux.on(hub)) {
      try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
        hub.enrol("alpha", hub.hub(), Map.of());
        hub.apply(module(git, "{tag: v1}", ""));
        hub.awaitReady("app");
      }
      git.moveTag("v1", git.commit(Map.of("cm.yaml", "two"), "two"));
      git.unavailable(true);
      try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
        hub.enrol("beta", hub.hub(), Map.of());
        eventually()
            .untilAsserted(() -> assertThat(version(hub, "beta").revision()).isEqualTo(first));
        hub.awaitReady("app");

        // What is new has to wait, and what is there stays.
        hub.apply(module(git, "{tag: v2}", ""));
        eventually()
            .untilAsserted(() ->
                assertThat(condition(hub.module("app"), "Ready").orElseThrow())
                    .satisfies(ready -> {
                      assertThat(ready.getStatus()).isEqualTo("False");
                      assertThat(ready.getReason()).isEqualTo("ServerError");
                      assertThat(ready.getMessage())
                          .startsWith("v2 cannot be assigned yet: ")
                          .endsWith("meanwhile 2 of 2 clusters at v1");
                    }));
        assertThat(version(hub, "alpha").revision()).isEqualTo(first);
        git.tag("v2");
        git.unavailable(false);
        hub.awaitReady("app");
        assertThat(version(hub, "alpha").tag()).isEqualTo("v2");
        // Back to a tag that moved: it is what it was.
        hub.apply(module(git, "{tag: v1}", ""));
        hub.awaitReady("app");
        assertThat(version(hub, "alpha").revision()).isEqualTo(first);
      }
    }
  }

  @Test
  void aRangeFollowsWhatIsNewerThroughTheRollout(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var git = repository(fleet, namespace);
    git.commit(Map.of("cm.yaml", "one"), "one");
    git.tag("v1.0.0");
    git.tag("v1.1.0-rc.1");
    git.tag("v2.0.0");
    try (var flux = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.enrol("beta", hub.hub(), Map.of());
      hub.apply(module(git, "{semver: 1.x}", "  rollout: {maxUnready: 1}\n"));
      hub.awaitReady("app");
      assertThat(hub.module("app").getStatus().version()).isEqualTo("v1.0.0");
      var before = hub.module("app").getStatus().targetRevision();

      flux.fails("alpha", "v1.1.0");
      git.commit(Map.of("cm.yaml", "two"), "two");
      git.tag("v1.1.0");
      askNow(hub);
      eventually()
          .untilAsserted(() ->
              assertThat(condition(hub.module("app"), "Ready").orElseThrow().getReason())
                  .isEqualTo("Halted"));
      assertThat(version(hub, "alpha").tag()).isEqualTo("v1.1.0");
      assertThat(version(hub, "beta").tag()).isEqualTo("v1.0.0");
      assertThat(hub.module("app").getStatus().targetRevision()).isNotEqualTo(before);

      git.commit(Map.of("cm.yaml", "three"), "three");
      git.tag("v1.1.1");
      askNow(hub);
      eventually()
          .untilAsserted(
              () -> assertThat(hub.module("app").getStatus().version()).isEqualTo("v1.1.1"));
      hub.awaitReady("app");
      // A tag that is taken away takes nobody back.
      git.deleteTag("v1.1.1");
      askNow(hub);
      eventually().until(() -> condition(hub.module("app"), "TagMoved").isPresent());
      assertThat(version(hub, "beta").tag()).isEqualTo("v1.1.1");
    }
  }

  @Test
  void whatCannotBeFoundIsSaidAndTriedAgain(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var git = repository(fleet, namespace);
    git.commit(Map.of("cm.yaml", "one"), "one");
    git.requireCredentials("tranche", "a-password");
    try (var _ = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.apply(module(git, "{tag: v1}", ""));
      awaitUnknown(hub, "AuthenticationFailed");
      assertThat(hub.module("app").getStatus().summary()).extracting(Summary::pending).isEqualTo(1);
      assertThat(hub.assemblage("alpha")).isEmpty();

      hub.apply(module(git, "{tag: v1}, secretRef: {name: git}", ""));
      awaitUnknown(hub, "SecretNotFound");
      hub.client().resource(credentials(hub, "a-wrong-one")).create();
      awaitUnknown(hub, "AuthenticationFailed");
      hub.client().resource(credentials(hub, "a-password")).update();
      awaitUnknown(hub, "TagNotFound");
      git.tag("v1");
      askNow(hub);
      hub.awaitReady("app");
      assertThat(hub.module("app").toString()).doesNotContain("a-password", "a-wrong-one");
    }
  }

  @Test
  void aTagThatDiffersPerCluster(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var git = repository(fleet, namespace);
    var one = git.commit(Map.of("cm.yaml", "one"), "one");
    git.tag("v1");
    var two = git.commit(Map.of("cm.yaml", "two"), "two");
    git.tag("v2");
    try (var _ = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of("version", "v1"));
      hub.enrol("beta", hub.hub(), Map.of("version", "v2"));
      hub.enrol("gamma", hub.hub(), Map.of("version", "v3"));
      hub.apply(
          module(
              git,
              "{tag: $(VERSION)}",
              """
                controlPlaneBindings:
                - {name: VERSION, objectFieldRef: {apiVersion: cluster.x-k8s.io/v1beta2, kind: Cluster, name: $(CLUSTER_NAME), fieldPath: /metadata/labels/version}}
              """));
      eventually().untilAsserted(() -> assertThat(version(hub, "alpha").revision()).isEqualTo(one));
      eventually().untilAsserted(() -> assertThat(version(hub, "beta").revision()).isEqualTo(two));
      eventually()
          .untilAsserted(() ->
              assertThat(hub.module("app").getStatus().attention())
                  .singleElement()
                  .satisfies(attention -> {
                    assertThat(attention.cluster()).isEqualTo("gamma");
                    assertThat(attention.reason()).isEqualTo("SourceNotResolved");
                  }));
    }
  }

  private static void awaitUnknown(TestFleet hub, String reason) {
    askNow(hub);
    eventually()
        .untilAsserted(() ->
            assertThat(condition(hub.module("app"), "Ready").orElseThrow().getReason())
                .isEqualTo(reason));
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

  private static GitVersion version(TestFleet hub, String cluster) {
    return Objects.requireNonNull(hub.syncs(Delivery.REMOTE, cluster).getFirst().source().git())
        .version();
  }

  private static List<GitRepository> sources(TestFleet hub) {
    return hub.client()
        .resources(GitRepository.class)
        .inNamespace(hub.namespace())
        .list()
        .getItems();
  }

  private static Secret credentials(TestFleet hub, String password) {
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace(hub.namespace())
        .withName("git")
        .endMetadata()
        .withStringData(Map.of("username", "tranche", "password", password))
        .build();
  }

  private static GitRepo repository(Fleet fleet, TestNamespace namespace) {
    return fleet.git().createRepository(namespace.name() + "-app");
  }

  private static String module(GitRepo git, String version, String rest) {
    return """
    apiVersion: fleet.tranche.dev/v1alpha1
    kind: Module
    metadata: {name: app}
    spec:
      selector: {}
      sync:
        source: {git: {url: "%s", version: %s}}
    """
            .formatted(git.url(), version)
        + rest;
  }
}
