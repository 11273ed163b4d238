package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.controlplane.assignment.SubstituteSecrets;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.SecretRef;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What bindings read of Secrets reaches the clusters, and stands in Secrets alone on the way. */
@FleetTest(flux = false)
class SecretValuesTest {
  private static final String BINDING =
      "[{name: VALUE, objectFieldRef: {apiVersion: v1, kind: Secret, name: settings, fieldPath: /data/password}}]";
  private static final String ONE_AT_A_TIME = "  rollout: {strategy: Incremental, maxUnready: 1}\n";

  @ParameterizedTest
  @EnumSource
  void standInSecretsAloneAndChangeStepByStep(Delivery delivery, TestNamespace namespace)
      throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var old = "hunter2-" + namespace.name();
    var young = "hunter3-" + namespace.name();
    try (var flux = ScriptedFlux.on(hub);
        var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.enrol("beta", hub.hub(), Map.of());
      // The hub stands for the clusters too, in a namespace for each.
      List.of("alpha", "beta")
          .forEach(cluster ->
              new FleetObserver(hub)
                  .patchCluster(
                      cluster,
                      "{\"metadata\":{\"annotations\":{\"fleet.tranche.dev/target-namespace\":\"%s-%s\"}}}"
                          .formatted(hub.namespace(), cluster)));
      hub.apply(source(old));
      hub.apply(module("substitute: {VALUE: \"-$(VALUE)-\", PLAIN: x}", BINDING, delivery));
      hub.awaitReady("app");
      var first = made(hub).getFirst();
      assertThat(made(hub)).hasSize(1);
      assertThat(first.getImmutable()).isTrue();
      assertThat(first.getMetadata().getOwnerReferences())
          .singleElement()
          .satisfies(owner -> assertThat(owner.getName()).isEqualTo("app"));
      assertThat(new String(Base64.getDecoder().decode(first.getData().get("VALUE")), UTF_8))
          .isEqualTo("-" + old + "-");
      assertThat(entries(hub))
          .hasSize(2)
          .allSatisfy(entry -> {
            assertThat(kustomize(entry).substitute()).containsExactly(Map.entry("PLAIN", "x"));
            assertThat(secrets(entry)).containsExactly(first.getMetadata().getName());
          });
      assertThat(objectsWith(hub, old))
          .containsExactlyInAnyOrder("settings", first.getMetadata().getName());

      // What somebody deletes comes back.
      new Hands(hub).delete(first);
      eventually().until(() -> made(hub).size() == 1);

      var revision = hub.module("app").getStatus().targetRevision();
      flux.hangs("v1");
      hub.apply(source(young));
      eventually().until(() -> made(hub).size() == 2);
      eventually()
          .until(() -> entries(hub).stream().map(AssignedSync::revision).distinct().count() == 2);
      Writes.from(hub).awaitEnd();
      assertThat(entries(hub).stream().map(SecretValuesTest::secrets).distinct()).hasSize(2);
      flux.succeeds("v1");
      eventually()
          .until(() -> entries(hub).stream().map(AssignedSync::revision).distinct().count() == 1);
      hub.awaitReady("app");
      assertThat(hub.module("app").getStatus().targetRevision()).isEqualTo(revision);
      eventually().until(() -> made(hub).size() == 1);
      var second = made(hub).getFirst().getMetadata().getName();
      assertThat(second).isNotEqualTo(first.getMetadata().getName());
      assertThat(objectsWith(hub, young)).containsExactlyInAnyOrder("settings", second);
      assertThat(objectsWith(hub, old)).isEmpty();

      new FleetObserver(hub).deleteModule("app");
      eventually().until(() -> made(hub).isEmpty());
    }
  }

  @Test
  void mayNotStandElsewhere(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    var word = "hunter2-" + namespace.name();
    try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.apply(source(word));
      hub.apply(module("patches: [{patch: \"a: $(VALUE)\"}]", BINDING, Delivery.REMOTE));
      new Rollouts(hub).await("Stalled", "SecretValueRefused");
      assertThat(new Rollouts(hub).message("Ready"))
          .contains("sync.package.kustomize.patches[0].patch mentions a value of a Secret");
      assertThat(hub.assemblage("alpha")).isEmpty();
      assertThat(objectsWith(hub, word)).containsExactly("settings");
    }
  }

  /** Whoever may write a module does not get at clusters by it. */
  @Test
  void kubeconfigsAreNotRead(TestNamespace namespace) throws InterruptedException {
    var hub = TestFleet.in(namespace);
    try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.apply(
          module(
              "substitute: {VALUE: $(VALUE)}",
              BINDING.replace("settings", "alpha-kubeconfig").replace("password", "value"),
              Delivery.REMOTE));
      new Rollouts(hub).await("Ready", "ObjectNotFound");
      assertThat(new Rollouts(hub).message("Ready"))
          .contains("Secret \"alpha-kubeconfig\"", "of a type that is not read");
      assertThat(hub.assemblage("alpha")).isEmpty();
    }
  }

  /** The names of all objects on the hub in which a word stands, plain or as Secrets have it. */
  private static List<String> objectsWith(TestFleet hub, String word) {
    // Three forms of it, since base64 depends on where in three bytes it begins.
    var forms =
        Stream.of("", "-", "--")
            .map(prefix ->
                Base64.getEncoder()
                    .withoutPadding()
                    .encodeToString((prefix + word).getBytes(UTF_8))
                    .substring(prefix.isEmpty() ? 0 : 4)
                    .replaceAll(".{2}$", ""))
            .toList();
    return EveryObject.in(hub.client(), hub.namespace()).stream()
        .filter(object -> {
          var text = withoutNames(object, hub);
          return text.contains(word) || forms.stream().anyMatch(text::contains);
        })
        .map(object -> object.at("/metadata/name").asText())
        .toList();
  }

  private static String withoutNames(JsonNode object, TestFleet hub) {
    return object.toString().replace("\"namespace\":\"%s\"".formatted(hub.namespace()), "");
  }

  private static List<Secret> made(TestFleet hub) {
    return hub.client()
        .secrets()
        .inNamespace(hub.namespace())
        .withLabel(SubstituteSecrets.LABEL)
        .list()
        .getItems();
  }

  private static List<AssignedSync> entries(TestFleet hub) {
    return Stream.of("alpha", "beta")
        .flatMap(cluster ->
            Stream.concat(
                hub.assemblage(cluster).stream().flatMap(a -> a.getSpec().syncs().stream()),
                hub.proxyAssemblage(cluster).stream()
                    .flatMap(a -> a.getSpec().assemblage().syncs().stream())))
        .toList();
  }

  private static dev.tranche.crd.v1alpha1.KustomizePackage kustomize(AssignedSync entry) {
    return Objects.requireNonNull(Objects.requireNonNull(entry.syncPackage()).kustomize());
  }

  private static List<String> secrets(AssignedSync entry) {
    return kustomize(entry).substituteFrom().stream().map(SecretRef::name).toList();
  }

  private static String source(String password) {
    return """
    apiVersion: v1
    kind: Secret
    metadata: {name: settings}
    stringData: {password: %s}
    """
        .formatted(password);
  }

  private static String module(String kustomize, String bindings, Delivery delivery) {
    return TestFleet.module("app", Rollouts.URL, "v1", "{}")
        + "    package: {kustomize: {%s}}\n".formatted(kustomize)
        + "  controlPlaneBindings: %s\n".formatted(bindings)
        + "  delivery: %s\n".formatted(delivery == Delivery.PROXY ? "Proxy" : "Remote")
        + ONE_AT_A_TIME;
  }
}
