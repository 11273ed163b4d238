package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static dev.tranche.controlplane.applied.AppliedState.APPLIED;
import static dev.tranche.controlplane.applied.AppliedState.PENDING;
import static dev.tranche.controlplane.applied.AppliedState.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.applied.Applied;
import dev.tranche.controlplane.applied.ClusterApplied;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.git.GitRepo;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Has this commit been applied? By a real repository and what clusters report. */
@FleetTest(flux = false)
class AppliedAnswersTest {
  @Test
  void neverAFalseYes(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var git = fleet.git().createRepository(namespace.name() + "-app");
    var first = git.commit(Map.of("deploy/cm.yaml", "one"), "one");
    git.tag("v1");
    var elsewhere = git.commit(Map.of("docs/a.md", "text"), "of no interest");
    var second = git.commit(Map.of("deploy/cm.yaml", "two"), "two");
    git.tag("v2");
    var later = git.commit(Map.of("deploy/cm.yaml", "three"), "three");
    git.branch("side", first);
    var aside = git.commit("side", Map.of("deploy/cm.yaml", "aside"), "aside");
    var dropped = git.commit("gone", Map.of("deploy/cm.yaml", "gone"), "gone");

    try (var flux = ScriptedFlux.on(hub);
        var controlPlane = RunningControlPlane.start(hub.hub(), namespace.name())) {
      Function<String, Applied> ask =
          commit ->
              controlPlane
                  .answers()
                  .of("Module", new ObjectKey(namespace.name(), "app"), commit)
                  .orElseThrow();
      assertThat(controlPlane.answers().of("Module", new ObjectKey("none", "app"), first))
          .isEmpty();
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.enrol("beta", hub.hub(), Map.of());
      flux.hangs("alpha", "v1");
      flux.hangs("beta", "v1");
      hub.apply(module(git, "v1"));
      eventually().untilAsserted(() -> assertThat(ask.apply(first).state()).isEqualTo(PENDING));
      assertThat(ask.apply(first).marker()).isNull();
      flux.succeeds("v1");
      hub.awaitReady("app");
      eventually().untilAsserted(() -> assertThat(ask.apply(first).state()).isEqualTo(APPLIED));
      assertThat(ask.apply(first.substring(0, 8)))
          .returns(APPLIED, Applied::state)
          .returns(first, Applied::commit)
          .returns(first, Applied::marker);
      assertThat(ask.apply(second).state()).isEqualTo(UNKNOWN);

      flux.hangs("beta", "v2");
      hub.apply(module(git, "v2"));
      eventually()
          .untilAsserted(() ->
              assertThat(ask.apply(second).clusters())
                  .extracting(ClusterApplied::cluster, ClusterApplied::state)
                  .containsExactlyInAnyOrder(tuple("alpha", APPLIED), tuple("beta", PENDING)));
      assertThat(ask.apply(second).state()).isEqualTo(PENDING);
      // What all of them ran before, and go on to run, is applied all the while.
      assertThat(ask.apply(first).state()).isEqualTo(APPLIED);
      flux.succeeds("v2");
      hub.awaitReady("app");
      eventually().untilAsserted(() -> assertThat(ask.apply(second).state()).isEqualTo(APPLIED));

      for (var commit : new String[] {elsewhere, later, aside, "0123456789012345"}) {
        assertThat(ask.apply(commit)).as(commit).returns(UNKNOWN, Applied::state);
      }
      // A force-push drops a commit that was on a branch.
      git.branch("gone", first);
      assertThat(ask.apply(dropped).state()).isEqualTo(UNKNOWN);
      // What is taken back is applied no longer.
      hub.apply(module(git, "v1"));
      eventually().untilAsserted(() -> assertThat(ask.apply(second).state()).isEqualTo(UNKNOWN));
      git.unavailable(true);
      eventually().untilAsserted(() -> assertThat(ask.apply(first).state()).isEqualTo(UNKNOWN));
    }
  }

  private static String module(GitRepo git, String tag) {
    return """
    apiVersion: fleet.tranche.dev/v1alpha1
    kind: Module
    metadata: {name: app}
    spec:
      selector: {}
      sync:
        source: {git: {url: "%s", version: {tag: %s}}}
        package: {kustomize: {path: ./deploy}}
    """
        .formatted(git.url(), tag);
  }
}
