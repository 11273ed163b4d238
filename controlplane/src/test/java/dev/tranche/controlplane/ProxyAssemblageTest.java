package dev.tranche.controlplane;

import static dev.tranche.controlplane.ProxyFleet.entries;
import static dev.tranche.controlplane.ProxyFleet.entry;
import static dev.tranche.controlplane.ProxyFleet.report;
import static dev.tranche.controlplane.ProxyFleet.within;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.clusterapi.v1beta2.Cluster;
import dev.tranche.crd.v1alpha1.Assemblage;
import dev.tranche.crd.v1alpha1.ProxyAssemblage;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A ProxyAssemblage keeps its Assemblage equal, and says what the agent there reports. */
@FleetTest
class ProxyAssemblageTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  @Test
  void isBroughtAndMirrored(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var proxies = new ProxyFleet(TestFleet.in(namespace));
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      proxies.enrol("alpha", alpha);
      proxies.assign("alpha", entry("one", "r1"), entry("two", "r1"));
      proxies.awaitWritten(alpha, "alpha", "Other/one r1", "Other/two r1");
      assertThat(
              proxies.annotation(
                  proxies.assemblage(alpha, "alpha"), "fleet.tranche.dev/proxied-by"))
          .hasValueSatisfying(word -> assertThat(word).endsWith("/" + namespace.name() + "/alpha"));
      proxies.awaitConnected("alpha", "True", SOON);

      proxies.agentSucceeds(alpha, "alpha");
      proxies.awaitReady("alpha");
      assertThat(proxies.sync("alpha", "one").state()).isEqualTo(SyncState.SUCCEEDED);
      assertThat(proxies.proxy("alpha").getStatus().targetNamespace()).isEqualTo(namespace.name());
      assertThat(proxies.proxy("alpha").getStatus().lastContact()).isNotNull();

      // What the agent says of the revision before is not taken for what it says of this one.
      proxies.assign("alpha", entry("one", "r2"), entry("two", "r1"));
      proxies.awaitWritten(alpha, "alpha", "Other/one r2", "Other/two r1");
      within(Duration.ofSeconds(30))
          .untilAsserted(() -> {
            assertThat(proxies.sync("alpha", "one").state()).isEqualTo(SyncState.UPDATING);
            assertThat(proxies.sync("alpha", "one").reason()).isEqualTo("NotSeenYet");
          });
      proxies.agentSucceeds(alpha, "alpha");
      proxies.awaitReady("alpha");
      assertThat(proxies.sync("alpha", "one").revision()).isEqualTo("r2");

      proxies.assign("alpha", entry("two", "r1"));
      proxies.awaitWritten(alpha, "alpha", "Other/two r1");
      ProxyFleet.agentReports(
          alpha,
          proxies.assemblage(alpha, "alpha"),
          report("Other", "one", "r2", "Updating"),
          report("Other", "two", "r1", "Succeeded"));
      within(Duration.ofSeconds(30))
          .untilAsserted(
              () -> assertThat(proxies.sync("alpha", "one").state()).isEqualTo(SyncState.UPDATING));
      proxies.agentSucceeds(alpha, "alpha");
      within(SOON)
          .untilAsserted(() -> assertThat(proxies.proxy("alpha").getStatus().syncs()).hasSize(1));
    }
  }

  @Test
  void whatIsDoneByHandInTheClusterIsSetRight(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var proxies = new ProxyFleet(TestFleet.in(namespace));
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      proxies.enrol("alpha", alpha);
      proxies.assign("alpha", entry("one", "r1"));
      proxies.awaitWritten(alpha, "alpha", "Other/one r1");

      // A field that was changed, one that was added, and an entry of somebody else.
      alpha
          .client()
          .resource(proxies.assemblage(alpha, "alpha"))
          .patch(
              PatchContext.of(PatchType.JSON),
              """
              [{"op":"replace","path":"/spec/syncs/0/source/git/version/tag","value":"v6.6.6"},
               {"op":"add","path":"/spec/syncs/0/source/git/ignore","value":"*.md"},
               {"op":"add","path":"/spec/syncs/-","value":
                 {"origin":"Acme","name":"theirs","revision":"7","source":{"git":{"url":"https://example.com/a.git","version":{"tag":"v1"}}}}}]
              """);
      within(SOON)
          .untilAsserted(() -> {
            var assemblage = proxies.assemblage(alpha, "alpha");
            assertThat(entries(assemblage)).containsExactly("Other/one r1", "Acme/theirs 7");
            var git =
                Objects.requireNonNull(assemblage.getSpec().syncs().getFirst().source().git());
            assertThat(git.version().tag()).isEqualTo("v1.0.0");
            assertThat(git.ignore()).isNull();
          });
      // What others have there is told too.
      proxies.agentSucceeds(alpha, "alpha");
      proxies.awaitReady("alpha");
      assertThat(proxies.sync("alpha", "theirs").revision()).isEqualTo("7");

      alpha.client().resource(proxies.assemblage(alpha, "alpha")).delete();
      within(SOON)
          .untilAsserted(() ->
              assertThat(entries(proxies.assemblage(alpha, "alpha")))
                  .containsExactly("Other/one r1"));
      proxies.agentSucceeds(alpha, "alpha");
      proxies.awaitReady("alpha");
    }
  }

  @Test
  void takesOverNothing(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var proxies = new ProxyFleet(TestFleet.in(namespace));
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      proxies.enrol("alpha", alpha);
      var theirs = theirs(namespace, "alpha");
      alpha.client().resource(theirs).create();
      proxies.assign("alpha", entry("one", "r1"));
      within(SOON)
          .untilAsserted(() -> {
            assertThat(proxies.condition("alpha", "Ready").getReason())
                .isEqualTo("AssemblageNotOurs");
            assertThat(proxies.condition("alpha", "Stalled").getReason())
                .isEqualTo("AssemblageNotOurs");
            assertThat(proxies.sync("alpha", "one").reason()).isEqualTo("AssemblageNotOurs");
          });
      assertThat(entries(proxies.assemblage(alpha, "alpha"))).containsExactly("Acme/theirs 1");

      // The message says how it is handed over.
      var message = proxies.condition("alpha", "Ready").getMessage();
      var annotation = message.replaceAll("(?s).*annotate it with (\\S+) to hand.*", "$1");
      var words = annotation.split("=", 2);
      alpha
          .client()
          .resource(theirs)
          .patch(
              PatchContext.of(PatchType.JSON_MERGE),
              "{\"metadata\":{\"annotations\":{\"%s\":\"%s\"}}}".formatted(words[0], words[1]));
      proxies.awaitWritten(alpha, "alpha", "Acme/theirs 1", "Other/one r1");
    }
  }

  @Test
  void standsWhereItIsSaid(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var first = namespace.name() + "-first";
    var second = namespace.name() + "-second";
    var hub = TestFleet.in(namespace);
    var proxies = new ProxyFleet(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      proxies.enrol("alpha", alpha);
      annotate(hub, first);
      proxies.assign("alpha", entry("one", "r1"));
      // The namespace is made, too.
      within(SOON)
          .untilAsserted(() ->
              assertThat(entries(ProxyFleet.assemblage(alpha, first, "alpha")))
                  .containsExactly("Other/one r1"));
      proxies.agentSucceeds(alpha, first, "alpha");
      proxies.awaitReady("alpha");
      assertThat(proxies.proxy("alpha").getStatus().targetNamespace()).isEqualTo(first);

      annotate(hub, second);
      within(SOON)
          .untilAsserted(() -> {
            assertThat(entries(ProxyFleet.assemblage(alpha, second, "alpha")))
                .containsExactly("Other/one r1");
            assertThat(ProxyFleet.assemblage(alpha, first, "alpha")).isNull();
          });
      proxies.agentSucceeds(alpha, second, "alpha");
      within(SOON)
          .untilAsserted(() ->
              assertThat(proxies.proxy("alpha").getStatus().targetNamespace()).isEqualTo(second));
      proxies.awaitReady("alpha");
    }
  }

  @Test
  void goesOnceNothingIsLeft(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var proxies = new ProxyFleet(TestFleet.in(namespace));
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      proxies.enrol("alpha", alpha);
      proxies.assign("alpha", entry("one", "r1"));
      proxies.awaitWritten(alpha, "alpha", "Other/one r1");
      proxies.agentSucceeds(alpha, "alpha");
      proxies.awaitReady("alpha");

      proxies.assign("alpha");
      proxies.awaitWritten(alpha, "alpha");
      ProxyFleet.agentReports(
          alpha, proxies.assemblage(alpha, "alpha"), report("Other", "one", "r1", "Updating"));
      // As long as the agent has something left, so has everybody else.
      within(Duration.ofSeconds(30))
          .untilAsserted(
              () -> assertThat(proxies.sync("alpha", "one").state()).isEqualTo(SyncState.UPDATING));
      assertThat(proxies.assemblage(alpha, "alpha")).isNotNull();
      ProxyFleet.agentReports(alpha, proxies.assemblage(alpha, "alpha"));
      within(SOON)
          .untilAsserted(() -> {
            assertThat(proxies.assemblage(alpha, "alpha")).isNull();
            assertThat(proxies.proxy("alpha")).isNull();
          });
    }
  }

  @Test
  void goesWithItsCluster(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    var dead = fleet.startCluster("dead");
    namespace.on(alpha).on(dead);
    var hub = TestFleet.in(namespace);
    var proxies = new ProxyFleet(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      proxies.enrol("alpha", alpha);
      proxies.enrol("dead", dead);
      proxies.assign("alpha", entry("one", "r1"));
      proxies.assign("dead", entry("one", "r1"));
      proxies.awaitWritten(alpha, "alpha", "Other/one r1");
      proxies.awaitWritten(dead, "dead", "Other/one r1");
      dead.kill();
      for (var cluster : new String[] {"alpha", "dead"}) {
        hub.client()
            .resources(Cluster.class)
            .inNamespace(namespace.name())
            .withName(cluster)
            .delete();
      }
      within(Duration.ofSeconds(20))
          .untilAsserted(() -> {
            assertThat(proxies.proxy("alpha")).isNull();
            assertThat(proxies.assemblage(alpha, "alpha")).isNull();
          });
      // Gone for good is gone all the same, within a bound, and somebody is told.
      within(Duration.ofSeconds(45))
          .untilAsserted(() -> assertThat(proxies.proxy("dead")).isNull());
      assertThat(
              hub.client().events().v1().events().inNamespace(namespace.name()).list().getItems())
          .anySatisfy(event -> {
            assertThat(event.getReason()).isEqualTo("AssemblageLeftBehind");
            assertThat(event.getNote()).contains(namespace.name() + "/dead");
          });
    }
  }

  @Test
  void nothingChangesWherePaused(Fleet fleet, TestNamespace namespace) throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var hub = TestFleet.in(namespace);
    var hands = new Hands(hub);
    var proxies = new ProxyFleet(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      proxies.enrol("alpha", alpha);
      proxies.assign("alpha", entry("one", "r1"));
      proxies.awaitWritten(alpha, "alpha", "Other/one r1");
      proxies.agentSucceeds(alpha, "alpha");
      proxies.awaitReady("alpha");
      hands.edit(Cluster.class, "alpha", "{\"spec\":{\"paused\":true}}");
      proxies.assign("alpha", entry("one", "r2"), entry("two", "r1"));
      within(SOON)
          .untilAsserted(
              () -> assertThat(proxies.sync("alpha", "two").reason()).isEqualTo("ClusterPaused"));
      assertThat(entries(proxies.assemblage(alpha, "alpha"))).containsExactly("Other/one r1");
      hands.edit(Cluster.class, "alpha", "{\"spec\":{\"paused\":false}}");
      proxies.awaitWritten(alpha, "alpha", "Other/one r2", "Other/two r1");
    }
  }

  /** Somebody else's needs a kubeconfig and no Cluster; and the agent may come late. */
  @Test
  void needsNoClusterAndWaitsForTheAgent(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var bare = fleet.startCluster("bare");
    namespace.on(bare);
    var hub = TestFleet.in(namespace);
    var proxies = new ProxyFleet(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      hub.apply(
          """
          apiVersion: fleet.tranche.dev/v1alpha1
          kind: ProxyAssemblage
          metadata: {name: mine}
          spec:
            kubeconfigRef: {name: mine-kubeconfig}
            assemblage: {syncs: [%s]}
          """
              .formatted(entry("one", "r1")));
      within(SOON)
          .untilAsserted(() -> {
            assertThat(proxies.condition("mine", "Connected").getReason())
                .isEqualTo("KubeconfigMissing");
            assertThat(proxies.sync("mine", "one").reason()).isEqualTo("KubeconfigMissing");
          });
      hub.kubeconfig("mine", bare.kubeconfigYaml());
      within(SOON)
          .untilAsserted(() ->
              assertThat(proxies.condition("mine", "Ready").getReason())
                  .isEqualTo("AgentNotInstalled"));
      proxies.prepare(bare);
      proxies.awaitWritten(bare, "mine", "Other/one r1");
      proxies.agentSucceeds(bare, "mine");
      proxies.awaitReady("mine");
      // Empty, it stays: whoever made it may fill it again.
      hub.client()
          .resources(ProxyAssemblage.class)
          .inNamespace(namespace.name())
          .withName("mine")
          .patch(
              PatchContext.of(PatchType.JSON_MERGE),
              "{\"spec\":{\"assemblage\":{\"syncs\":null}}}");
      proxies.awaitWritten(bare, "mine");
      proxies.agentSucceeds(bare, "mine");
      within(SOON)
          .untilAsserted(() -> assertThat(proxies.proxy("mine").getStatus().syncs()).isEmpty());
      hub.client()
          .resources(ProxyAssemblage.class)
          .inNamespace(namespace.name())
          .withName("mine")
          .delete();
      within(SOON)
          .untilAsserted(() -> {
            assertThat(proxies.proxy("mine")).isNull();
            assertThat(proxies.assemblage(bare, "mine")).isNull();
          });
    }
  }

  @Test
  void seesAChangeWithinASecondAndWritesNothingAtRest(Fleet fleet, TestNamespace namespace)
      throws InterruptedException {
    var alpha = fleet.cluster("alpha");
    namespace.on(alpha);
    var hub = TestFleet.in(namespace);
    var proxies = new ProxyFleet(hub);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      proxies.enrol("alpha", alpha);
      proxies.assign("alpha", entry("one", "r1"));
      proxies.awaitWritten(alpha, "alpha", "Other/one r1");
      proxies.agentSucceeds(alpha, "alpha");
      proxies.awaitReady("alpha");
      ProxyFleet.agentReports(
          alpha, proxies.assemblage(alpha, "alpha"), report("Other", "one", "r1", "Failed"));
      within(Duration.ofSeconds(1))
          .untilAsserted(
              () -> assertThat(proxies.sync("alpha", "one").state()).isEqualTo(SyncState.FAILED));
      proxies.agentSucceeds(alpha, "alpha");
      proxies.awaitReady("alpha");

      var rest = Writes.from(hub);
      var mark = alpha.auditLog().mark();
      var word = "{\"metadata\":{\"annotations\":{\"touched\":\"by-hand\"}}}";
      var hands = new Hands(hub);
      hands.edit(Cluster.class, "alpha", word);
      hands.edit(ProxyAssemblage.class, "alpha", word);
      hands.edit(Secret.class, "alpha-kubeconfig", word);
      rest.awaitEnd();
      assertThat(rest.list()).isEmpty();
      assertThat(alpha.auditLog().since(mark))
          .filteredOn(event -> event.isWrite() && event.namespace().equals(namespace.name()))
          .isEmpty();
    }
    // Nor when another process takes over.
    var takeover = Writes.from(hub);
    var before = proxies.assemblage(alpha, "alpha").getMetadata().getResourceVersion();
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      takeover.awaitEnd();
      assertThat(takeover.list()).isEmpty();
      assertThat(proxies.assemblage(alpha, "alpha").getMetadata().getResourceVersion())
          .isEqualTo(before);
    }
  }

  private static void annotate(TestFleet hub, String namespace) {
    new Hands(hub)
        .edit(
            Cluster.class,
            "alpha",
            "{\"metadata\":{\"annotations\":{\"fleet.tranche.dev/target-namespace\":\"%s\"}}}"
                .formatted(namespace));
  }

  private static Assemblage theirs(TestNamespace namespace, String name) {
    return Serialization.unmarshal(
        """
        apiVersion: fleet.tranche.dev/v1alpha1
        kind: Assemblage
        metadata: {name: %s, namespace: %s}
        spec:
          syncs:
          - {origin: Acme, name: theirs, revision: "1", source: {git: {url: "https://example.com/a.git", version: {tag: v1}}}}
        """
            .formatted(name, namespace.name()),
        Assemblage.class);
  }
}
