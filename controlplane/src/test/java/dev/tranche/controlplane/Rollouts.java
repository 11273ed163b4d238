package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.RolloutStatus;
import dev.tranche.crd.v1alpha1.StageStatus;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** A module named {@code app} and a fleet with a canary and two continents. */
record Rollouts(TestFleet hub, Delivery delivery) {
  static final String URL = AppRepository.url();
  static final List<String> CANARY = List.of("canary");
  static final List<String> EUROPE = List.of("e1", "e2", "e3", "e4");
  static final List<String> AMERICA = List.of("a1", "a2", "a3");
  static final List<String> ALL = Stream.of(CANARY, EUROPE, AMERICA).flatMap(List::stream).toList();

  /** Two unready in Europe and one in America, both after the canary. */
  static final String STAGES =
      """
      rollout:
        stages:
        - {name: canary, selector: {matchLabels: {ring: canary}}}
        - {name: europe, selector: {matchLabels: {ring: europe}}, maxUnready: 2}
        - {name: america, selector: {matchLabels: {ring: america}}, maxUnready: 1, after: [canary]}
      """;

  Rollouts(TestFleet hub) {
    this(hub, Delivery.REMOTE);
  }

  void enrol() {
    CANARY.forEach(cluster -> enrol(cluster, "canary"));
    EUROPE.forEach(cluster -> enrol(cluster, "europe"));
    AMERICA.forEach(cluster -> enrol(cluster, "america"));
  }

  void enrol(String cluster, String ring) {
    hub.enrol(cluster, hub.hub(), Map.of("ring", ring));
  }

  /** Declares a version, with what else the spec says. */
  void declare(String tag, String spec) {
    hub.apply(
        TestFleet.module("app", URL, tag, "{}")
            + (delivery == Delivery.PROXY ? "  delivery: Proxy\n" : "")
            + spec.indent(2));
  }

  /** Declares a version and returns once it is everywhere. */
  void complete(String tag, String spec) {
    declare(tag, spec);
    hub.awaitReady("app");
  }

  Module module() {
    return hub.module("app");
  }

  RolloutStatus status() {
    return Objects.requireNonNull(module().getStatus().rollout());
  }

  StageStatus stage(String name) {
    return status().stages().stream()
        .filter(stage -> stage.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Returns once a condition of the newest spec has this reason. */
  void await(String condition, String reason) {
    eventually()
        .untilAsserted(() -> {
          var module = module();
          assertThat(TestFleet.condition(module, condition))
              .as("%s", module.getStatus())
              .hasValueSatisfying(found -> {
                assertThat(found.getReason()).isEqualTo(reason);
                assertThat(found.getObservedGeneration())
                    .isEqualTo(module.getMetadata().getGeneration());
              });
        });
  }

  String message(String condition) {
    return TestFleet.condition(module(), condition).orElseThrow().getMessage();
  }

  /** The reasons of a module's events, in the order of time. */
  List<String> events(FleetModule module) {
    return hub
        .client()
        .resources(Event.class)
        .inNamespace(hub.namespace())
        .list()
        .getItems()
        .stream()
        .filter(event -> module.getMetadata().getUid().equals(event.getRegarding().getUid()))
        .sorted(Comparator.comparing(Event::getEventTime, Comparator.comparing(Object::toString)))
        .map(Event::getReason)
        .toList();
  }

  /** The history of the module, the oldest first. */
  List<ControllerRevision> history() {
    return hub
        .client()
        .apps()
        .controllerRevisions()
        .inNamespace(hub.namespace())
        .list()
        .getItems()
        .stream()
        .filter(entry ->
            entry.getMetadata().getOwnerReferences().stream()
                .anyMatch(owner -> owner.getName().equals("app")))
        .sorted(Comparator.comparing(ControllerRevision::getRevision))
        .toList();
  }

  /** Has a rollout tried again that was stopped. */
  void retry(String word) {
    new Hands(hub)
        .edit(
            Module.class,
            "app",
            "{\"metadata\":{\"annotations\":{\"fleet.tranche.dev/retry\":\"%s\"}}}"
                .formatted(word));
  }
}
