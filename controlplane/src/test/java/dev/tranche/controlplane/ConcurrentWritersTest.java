package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/**
 * Several writers of one assemblage: two control planes, many modules, and a third party. Nothing
 * is applied here, so that all is over in a moment and can be tried often.
 */
@FleetTest(flux = false, clusterApi = false)
class ConcurrentWritersTest {
  private static final List<String> CLUSTERS = List.of("alpha", "beta", "gamma");
  private static final List<String> MODULES =
      IntStream.range(0, 8).mapToObj(i -> "module-" + i).toList();

  @RepeatedTest(2)
  void noEntryIsLostAndNoneIsDoubled(Fleet fleet, TestNamespace namespace) throws Exception {
    noEntryIsLostAndNoneIsDoubled(Delivery.REMOTE, fleet, namespace);
  }

  @Test
  void norInProxyAssemblages(Fleet fleet, TestNamespace namespace) throws Exception {
    noEntryIsLostAndNoneIsDoubled(Delivery.PROXY, fleet, namespace);
  }

  private static void noEntryIsLostAndNoneIsDoubled(
      Delivery delivery, Fleet fleet, TestNamespace namespace) throws Exception {
    var alpha = fleet.cluster("alpha");
    var hub = TestFleet.in(namespace);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name());
        var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      CLUSTERS.forEach(name -> hub.enrol(name, alpha, Map.of()));
      // The third party makes the assemblage at the same moment as the control planes.
      atOnce(
          Stream.concat(
              CLUSTERS.stream()
                  .map(name ->
                      () -> ThirdParty.assign(hub, delivery, name, "https://git.invalid/acme")),
              MODULES.stream().map(name -> () -> apply(hub, delivery, name, "v1.0.0"))));
      awaitEntries(hub, delivery, "v1.0.0");
      var acme = CLUSTERS.stream().map(name -> ThirdParty.entry(hub, delivery, name)).toList();

      atOnce(MODULES.stream().map(name -> () -> apply(hub, delivery, name, "v2.0.0")));
      awaitEntries(hub, delivery, "v2.0.0");
      assertThat(CLUSTERS.stream().map(name -> ThirdParty.entry(hub, delivery, name)).toList())
          .isEqualTo(acme);
      assertThat(CLUSTERS)
          .allSatisfy(
              name -> assertThat(ThirdParty.managers(hub, delivery, name)).containsExactly("acme"));

      // Withdrawn and assigned at the same time.
      var observer = new FleetObserver(hub);
      atOnce(
          IntStream.range(0, MODULES.size())
              .mapToObj(i ->
                  () -> {
                    if (i % 2 == 0) {
                      observer.deleteModule(MODULES.get(i));
                    } else {
                      apply(hub, delivery, MODULES.get(i), "v3.0.0");
                    }
                  }));
      var remaining =
          IntStream.range(0, MODULES.size())
              .filter(i -> i % 2 == 1)
              .mapToObj(MODULES::get)
              .toList();
      awaitEntries(hub, delivery, "v3.0.0", remaining);

      atOnce(remaining.stream().map(name -> () -> observer.deleteModule(name)));
      awaitEntries(hub, delivery, "", List.of());
      eventually()
          .untilAsserted(() ->
              assertThat(
                      hub.client()
                          .resources(Module.class)
                          .inNamespace(hub.namespace())
                          .list()
                          .getItems())
                  .isEmpty());
      assertThat(CLUSTERS.stream().map(name -> ThirdParty.entry(hub, delivery, name)).toList())
          .isEqualTo(acme);
    }
  }

  /** The first write for a cluster, which makes the assemblage. */
  @RepeatedTest(2)
  void whoMakesTheAssemblageWipesNobody(Fleet fleet, TestNamespace namespace) throws Exception {
    var alpha = fleet.cluster("alpha");
    var hub = TestFleet.in(namespace);
    try (var _ = RunningControlPlane.start(fleet.hub(), namespace.name());
        var _ = RunningControlPlane.start(fleet.hub(), namespace.name())) {
      MODULES.forEach(name -> apply(hub, Delivery.REMOTE, name, "v1.0.0"));
      atOnce(CLUSTERS.stream().map(name -> () -> hub.enrol(name, alpha, Map.of())));
      awaitModules(hub, "v1.0.0", MODULES);
      eventually()
          .untilAsserted(() ->
              assertThat(new FleetObserver(hub).kustomizations())
                  .hasSize(CLUSTERS.size() * MODULES.size()));
    }
  }

  private static void apply(TestFleet hub, Delivery delivery, String module, String version) {
    hub.apply(
        TestFleet.module(module, AppRepository.url(), version, "{}")
            + (delivery == Delivery.PROXY ? "  delivery: Proxy\n" : ""));
  }

  private static void awaitEntries(TestFleet hub, Delivery delivery, String version) {
    awaitEntries(hub, delivery, version, MODULES);
  }

  private static void awaitEntries(
      TestFleet hub, Delivery delivery, String version, List<String> modules) {
    var expected =
        Stream.concat(
                Stream.of("Acme/theirs v1.0.0"),
                modules.stream().map(name -> "Module/" + name + " " + version))
            .toList();
    awaitExactly(hub, delivery, expected);
  }

  private static void awaitModules(TestFleet hub, String version, List<String> modules) {
    awaitExactly(
        hub,
        Delivery.REMOTE,
        modules.stream().map(name -> "Module/" + name + " " + version).toList());
  }

  private static void awaitExactly(TestFleet hub, Delivery delivery, List<String> entries) {
    eventually()
        .untilAsserted(() ->
            assertThat(CLUSTERS)
                .allSatisfy(name ->
                    assertThat(hub.syncs(delivery, name))
                        .extracting(sync -> sync.key() + " " + sync.source().version())
                        .containsExactlyInAnyOrderElementsOf(entries)));
  }

  /** Does all of it at the same moment, as far as threads can. */
  private static void atOnce(Stream<Runnable> actions) throws Exception {
    var all = actions.toList();
    var barrier = new CyclicBarrier(all.size());
    try (var threads = Executors.newCachedThreadPool()) {
      var tasks = new ArrayList<Callable<Void>>();
      all.forEach(action ->
          tasks.add(() -> {
            barrier.await();
            action.run();
            return null;
          }));
      for (var done : threads.invokeAll(tasks)) {
        done.get();
      }
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    }
  }
}
