package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** One GitRepository per distinct source, as long as somebody uses it. */
@FleetTest(flux = false)
class SharedSourcesTest {
  private static final String URL = AppRepository.url();

  @Test
  void oneForAllUsersAndNoneAfterTheLast(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var flux = new PlayedFlux(hub);
    var hands = new Hands(hub);
    try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.enrol("beta", hub.hub(), Map.of());
      hub.apply(TestFleet.module("one", URL, "v1", "{}"));
      hub.apply(TestFleet.module("two", URL, "v1", "{}"));
      eventually().until(() -> flux.kustomizations().size() == 4);
      var source = flux.sources().getFirst();
      assertThat(flux.sources()).hasSize(1);
      assertThat(flux.kustomizations())
          .allSatisfy(k ->
              assertThat(k.getSpec().getSourceRef().getName())
                  .isEqualTo(source.getMetadata().getName()));

      // The old version stays beside the new one for the other module.
      hub.apply(TestFleet.module("one", URL, "v2", "{}"));
      var moved = flux.kustomization("alpha", "one", "v2");
      assertThat(flux.sources()).hasSize(2);
      assertThat(flux.sourceOf(moved).getMetadata().getUid())
          .isNotEqualTo(source.getMetadata().getUid());

      hands.delete(hub.module("one"));
      eventually()
          .untilAsserted(() ->
              assertThat(flux.sources())
                  .singleElement()
                  .returns(source.getMetadata().getUid(), s -> s.getMetadata().getUid()));
      hands.delete(hub.module("two"));
      eventually()
          .untilAsserted(() -> {
            assertThat(flux.sources()).isEmpty();
            assertThat(flux.kustomizations()).isEmpty();
            assertThat(hub.assemblage("alpha")).isEmpty();
            assertThat(hub.assemblage("beta")).isEmpty();
          });
    }
  }

  @Test
  void bootstrapModulesOfTheSameNameAreOthers(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var flux = new PlayedFlux(hub);
    try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.apply(
          TestFleet.module("app", URL, "v1", "{}")
              .replace("kind: Module", "kind: BootstrapModule"));
      flux.runs("alpha", "app", "v1");
      eventually().until(() -> TestFleet.isReady(hub.bootstrapModule("app")));
      hub.apply(TestFleet.module("app", URL, "v2", "{}"));
      flux.runs("alpha", "app", "v2");
      hub.awaitReady("app");

      assertThat(hub.assemblage("alpha").orElseThrow().getSpec().syncs())
          .extracting(sync -> sync.key().toString())
          .containsExactlyInAnyOrder("BootstrapModule/app", "Module/app");
      assertThat(flux.kustomizations()).hasSize(2);
      assertThat(hub.bootstrapModule("app")).matches(TestFleet::isReady);

      new Hands(hub).delete(hub.module("app"));
      eventually()
          .untilAsserted(() ->
              assertThat(hub.assemblage("alpha").orElseThrow().getSpec().syncs())
                  .singleElement()
                  .returns("BootstrapModule/app", sync -> sync.key().toString()));
      eventually().untilAsserted(() -> assertThat(flux.kustomizations()).hasSize(1));
      assertThat(hub.bootstrapModule("app")).matches(TestFleet::isReady);
    }
  }
}
