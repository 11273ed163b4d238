package dev.tranche.controlplane;

import static dev.tranche.controlplane.PlayedFlux.artifactOf;
import static dev.tranche.controlplane.PlayedFlux.condition;
import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.clusterapi.v1beta2.Cluster;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.v1alpha1.Attention;
import dev.tranche.crd.v1alpha1.Summary;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/** A cluster has succeeded when it runs exactly what is declared, and not a moment earlier. */
@FleetTest(flux = false)
class SucceededTest {
  private static final String URL = AppRepository.url();

  @Test
  void nothingLessThanAllOfItWillDo(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var flux = new PlayedFlux(hub);
    try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.apply(TestFleet.module("beacon", URL, "v0", "{}"));
      hub.apply(TestFleet.module("app", URL, "v1", "{}"));
      flux.runs("alpha", "app", "v1");
      hub.awaitReady("app");
      hub.apply(TestFleet.module("app", URL, "v2", "{}"));
      var kustomization = flux.kustomization("alpha", "app", "v2");
      var source = flux.sourceOf(kustomization);
      assertThat(kustomization.getMetadata().getGeneration()).isEqualTo(2);
      assertThat(source.getMetadata().getGeneration()).isEqualTo(1);

      var v1 = artifactOf("v1");
      var v2 = artifactOf("v2");
      var fetched = condition("Ready", "True", 1, "Succeeded");
      var ready = condition("Ready", "True", 2, "ReconciliationSucceeded");
      Runnable sourceIsRight = () -> flux.fetched(source);
      Runnable kustomizationIsRight = () -> flux.applied(kustomization);
      var traps = new LinkedHashMap<String, Runnable[]>();
      traps.put("what was said of the version before", new Runnable[] {});
      traps.put(
          "the artifact is that of another tag",
          new Runnable[] {
            () -> flux.fetched(source, 1, v1, fetched),
            () -> flux.applied(kustomization, 2, v1, ready)
          });
      traps.put(
          "the artifact is from before the spec of the source",
          new Runnable[] {() -> flux.fetched(source, 0, v2, fetched), kustomizationIsRight});
      traps.put(
          "the source's Ready is of an older generation",
          new Runnable[] {
            () -> flux.fetched(source, 1, v2, condition("Ready", "True", 0, "Succeeded")),
            kustomizationIsRight
          });
      traps.put(
          "the source is being looked at",
          new Runnable[] {
            () ->
                flux.fetched(
                    source, 1, v2, fetched, condition("Reconciling", "True", 1, "Progressing")),
            kustomizationIsRight
          });
      traps.put(
          "conditions come before the rest of the status",
          new Runnable[] {sourceIsRight, () -> flux.applied(kustomization, 2, v1, ready)});
      traps.put(
          "Ready is of an older generation",
          new Runnable[] {
            sourceIsRight,
            () ->
                flux.applied(
                    kustomization, 2, v2, condition("Ready", "True", 1, "ReconciliationSucceeded"))
          });
      traps.put(
          "the new spec was not looked at",
          new Runnable[] {sourceIsRight, () -> flux.applied(kustomization, 1, v2, ready)});
      traps.put(
          "it is being applied",
          new Runnable[] {
            sourceIsRight,
            () ->
                flux.applied(
                    kustomization, 2, v2, ready, condition("Reconciling", "True", 2, "Progressing"))
          });
      traps.put(
          "it is stalled",
          new Runnable[] {
            sourceIsRight,
            () ->
                flux.applied(
                    kustomization, 2, v2, ready, condition("Stalled", "True", 2, "Whatever"))
          });
      traps.put(
          "nobody knows",
          new Runnable[] {
            sourceIsRight,
            () ->
                flux.applied(kustomization, 2, v2, condition("Ready", "Unknown", 2, "Progressing"))
          });

      var softly = new SoftAssertions();
      traps.forEach((trap, words) -> {
        for (var word : words) {
          word.run();
        }
        flux.awaitSeen("alpha", "beacon", "v0");
        softly.assertThat(sync(hub, "alpha", "app")).as(trap).matches(SucceededTest::isUnsettled);
        softly.assertThat(hub.module("app")).as(trap).matches(module -> !TestFleet.isReady(module));
      });
      softly.assertAll();

      sourceIsRight.run();
      kustomizationIsRight.run();
      hub.awaitReady("app");
      assertThat(sync(hub, "alpha", "app").appliedRevision()).isEqualTo("v2@" + v2);
    }
  }

  @Test
  void objectsMadeAgainBeginAnew(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var flux = new PlayedFlux(hub);
    var hands = new Hands(hub);
    try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.apply(TestFleet.module("beacon", URL, "v0", "{}"));
      hub.apply(TestFleet.module("app", URL, "v1", "{}"));
      flux.runs("alpha", "app", "v1");
      hub.awaitReady("app");

      var first = flux.kustomization("alpha", "app", "v1");
      hands.delete(first);
      var second = madeAgain(flux, first);
      flux.awaitSeen("alpha", "beacon", "v0");
      assertThat(sync(hub, "alpha", "app")).matches(SucceededTest::isUnsettled);
      eventually().until(() -> !TestFleet.isReady(hub.module("app")));
      flux.applied(second);
      hub.awaitReady("app");

      var source = flux.sourceOf(second);
      hands.delete(source);
      eventually()
          .until(() ->
              flux.sources().stream()
                  .filter(s -> s.getMetadata().getName().equals(source.getMetadata().getName()))
                  .anyMatch(s -> !s.getMetadata().getUid().equals(source.getMetadata().getUid())));
      flux.awaitSeen("alpha", "beacon", "v0");
      assertThat(sync(hub, "alpha", "app")).matches(SucceededTest::isUnsettled);
      eventually().until(() -> !TestFleet.isReady(hub.module("app")));
      flux.fetched(flux.sourceOf(second));
      hub.awaitReady("app");
    }
  }

  @Test
  void whatSomebodyElseMadeAgainIsNotBelieved(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var flux = new PlayedFlux(hub);
    var hands = new Hands(hub);
    try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.apply(TestFleet.module("beacon", URL, "v0", "{}"));
      hub.apply(TestFleet.module("app", URL, "v1", "{}"));
      flux.runs("alpha", "app", "v1");
      hub.awaitReady("app");
      // Paused, so that it is not written again at once.
      hands.edit(Cluster.class, "alpha", "{\"spec\":{\"paused\":true}}");
      flux.awaitSeen("alpha", "beacon", "v0");

      var ours = flux.kustomization("alpha", "app", "v1");
      hands.delete(ours);
      var theirs = new Kustomization();
      theirs.getMetadata().setNamespace(namespace.name());
      theirs.getMetadata().setName(ours.getMetadata().getName());
      theirs.getMetadata().setLabels(ours.getMetadata().getLabels());
      theirs.getMetadata().setAnnotations(ours.getMetadata().getAnnotations());
      theirs.getMetadata().setOwnerReferences(ours.getMetadata().getOwnerReferences());
      theirs.setSpec(ours.getSpec());
      theirs.setStatus(null);
      flux.applied(hub.client().resource(theirs).create());
      flux.awaitSeen("alpha", "beacon", "v0");
      assertThat(sync(hub, "alpha", "app"))
          .matches(SucceededTest::isUnsettled)
          .returns("Recreated", SyncStatus::reason);
      eventually().until(() -> !TestFleet.isReady(hub.module("app")));

      hands.edit(Cluster.class, "alpha", "{\"spec\":{\"paused\":false}}");
      hub.awaitReady("app");
    }
  }

  @Test
  void failuresAreToldAndMended(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var flux = new PlayedFlux(hub);
    try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.enrol("beta", hub.hub(), Map.of());
      hub.apply(TestFleet.module("app", URL, "v1", "{}"));
      flux.runs("alpha", "app", "v1");
      var broken = flux.kustomization("beta", "app", "v1");
      flux.failed(broken, "BuildFailed", "kustomization.yaml is not there");

      eventually()
          .untilAsserted(() ->
              assertThat(sync(hub, "beta", "app"))
                  .returns(SyncState.FAILED, SyncStatus::state)
                  .returns("BuildFailed", SyncStatus::reason)
                  .returns("kustomization.yaml is not there", SyncStatus::message));
      eventually()
          .untilAsserted(() -> {
            var module = hub.module("app");
            assertThat(module.getStatus().summary()).isEqualTo(new Summary(2, 0, 0, 0, 0, 1, 1, 0));
            assertThat(TestFleet.condition(module, "Ready").orElseThrow())
                .returns("False", c -> c.getStatus())
                .returns("BuildFailed", c -> c.getReason())
                .satisfies(c ->
                    assertThat(c.getMessage())
                        .isEqualTo(
                            "1 of 2 clusters failed on v1; beta: kustomization.yaml is not there"));
            assertThat(module.getStatus().attention())
                .containsExactly(
                    new Attention(
                        "beta", "Failed", "BuildFailed", "kustomization.yaml is not there"));
            assertThat(module.getStatus().currentRevision()).isNull();
          });
      awaitEvent(hub, "Warning", "BuildFailed");

      flux.applied(broken);
      hub.awaitReady("app");
      var mended = hub.module("app");
      assertThat(mended.getStatus().summary()).isEqualTo(new Summary(2, 0, 0, 0, 0, 2, 0, 0));
      assertThat(mended.getStatus().attention()).isEmpty();
      assertThat(TestFleet.condition(mended, "Ready").orElseThrow().getMessage())
          .isEqualTo("2 of 2 clusters at v1");
      assertThat(TestFleet.condition(mended, "Reconciling")).isEmpty();
      assertThat(TestFleet.condition(mended, "Stalled")).isEmpty();
      assertThat(mended.getStatus().currentRevision())
          .isNotNull()
          .isEqualTo(mended.getStatus().targetRevision());
      awaitEvent(hub, "Normal", "Succeeded");

      hub.apply(TestFleet.module("app", URL, "v2", "{}"));
      flux.runs("alpha", "app", "v2");
      eventually()
          .untilAsserted(() -> {
            var moving = hub.module("app");
            assertThat(moving.getStatus().summary()).isEqualTo(new Summary(2, 0, 0, 0, 1, 1, 0, 0));
            assertThat(moving).matches(module -> !TestFleet.isReady(module));
            assertThat(moving.getStatus().version()).isEqualTo("v2");
            assertThat(moving.getStatus().observedGeneration()).isEqualTo(2);
            assertThat(moving.getStatus().currentRevision())
                .isEqualTo(mended.getStatus().currentRevision())
                .isNotEqualTo(moving.getStatus().targetRevision());
            assertThat(TestFleet.condition(moving, "Reconciling")).isPresent();
          });
      // The version before is what beta ran, until the new one is there.
      assertThat(hub.assemblage("beta").orElseThrow().getStatus().syncs())
          .singleElement()
          .returns("v1@" + artifactOf("v1"), SyncStatus::appliedRevision);
      flux.runs("beta", "app", "v2");
      hub.awaitReady("app");
      var moved = hub.module("app");
      assertThat(moved.getStatus().currentRevision())
          .isEqualTo(moved.getStatus().targetRevision())
          .isNotEqualTo(mended.getStatus().currentRevision());
    }
  }

  @Test
  void sourcesThatCannotBeFetchedAreFailures(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var flux = new PlayedFlux(hub);
    try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.apply(TestFleet.module("app", URL, "v1", "{}"));
      var kustomization = flux.kustomization("alpha", "app", "v1");
      flux.notFetched(
          flux.sourceOf(kustomization), "GitOperationFailed", "reference not found: v1");
      eventually()
          .untilAsserted(() ->
              assertThat(TestFleet.condition(hub.module("app"), "Ready").orElseThrow())
                  .returns("GitOperationFailed", c -> c.getReason())
                  .satisfies(c -> assertThat(c.getMessage()).contains("reference not found: v1")));
      flux.runs("alpha", "app", "v1");
      hub.awaitReady("app");
    }
  }

  private static Kustomization madeAgain(PlayedFlux flux, Kustomization before) {
    return eventually()
        .until(
            () ->
                flux.kustomizations().stream()
                    .filter(k ->
                        k.getMetadata().getName().equals(before.getMetadata().getName())
                            && !k.getMetadata().getUid().equals(before.getMetadata().getUid()))
                    .findFirst()
                    .orElse(null),
            Objects::nonNull);
  }

  private static void awaitEvent(TestFleet hub, String type, String reason) {
    eventually()
        .untilAsserted(() ->
            assertThat(
                    hub.client()
                        .events()
                        .v1()
                        .events()
                        .inNamespace(hub.namespace())
                        .list()
                        .getItems())
                .anySatisfy(event -> {
                  assertThat(event.getType()).isEqualTo(type);
                  assertThat(event.getReason()).isEqualTo(reason);
                  assertThat(event.getRegarding())
                      .returns("Module", r -> r.getKind())
                      .returns("app", r -> r.getName());
                }));
  }

  private static boolean isUnsettled(SyncStatus sync) {
    return sync.state() == SyncState.UPDATING;
  }

  private static SyncStatus sync(TestFleet hub, String cluster, String module) {
    var assemblage = hub.assemblage(cluster).orElseThrow();
    var revision =
        assemblage.getSpec().syncs().stream()
            .filter(sync -> sync.name().equals(module))
            .findFirst()
            .orElseThrow()
            .revision();
    var status =
        assemblage.getStatus().syncs().stream()
            .filter(sync -> sync.origin().equals("Module") && sync.name().equals(module))
            .findFirst()
            .orElseThrow();
    assertThat(status.revision()).isEqualTo(revision);
    return status;
  }
}
