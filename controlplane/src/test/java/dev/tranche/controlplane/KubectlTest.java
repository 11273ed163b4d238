package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people see and do with plain kubectl. */
@FleetTest(flux = false)
class KubectlTest {
  private static final String URL = AppRepository.url();

  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path home;

  @Test
  void showsAndWaits(Fleet fleet, TestNamespace namespace)
      throws IOException, InterruptedException {
    var hub = TestFleet.in(namespace);
    var flux = new PlayedFlux(hub);
    hub.apply(TestFleet.module("app", URL, "v1.0.0", "{}"));
    // As kstatus reads it: nobody has looked at it yet.
    assertThat(kubectl(fleet, namespace, "get", "module", "app", "-o=jsonpath={.status}"))
        .isEqualTo("{\"observedGeneration\":-1}");
    try (var _ = RunningControlPlane.start(hub.hub(), namespace.name())) {
      hub.enrol("alpha", hub.hub(), Map.of());
      hub.apply(
          TestFleet.module("base", URL, "v0.1.0", "{}")
              .replace("kind: Module", "kind: BootstrapModule"));
      flux.runs("alpha", "base", "v0.1.0");
      kubectl(fleet, namespace, "wait", "--for=condition=Ready", "bmod/base", "--timeout=60s");
      flux.failed(flux.kustomization("alpha", "app", "v1.0.0"), "BuildFailed", "no such folder");
      flux.fetched(flux.sourceOf(flux.kustomization("alpha", "app", "v1.0.0")));
      eventually()
          .until(() -> table(fleet, namespace, "get", "fmod").getLast().contains("BuildFailed"));
      var broken = table(fleet, namespace, "get", "modules", "-o=wide");
      assertThat(broken.getFirst())
          .containsExactly(
              "NAME",
              "READY",
              "REASON",
              "VERSION",
              "CLUSTERS",
              "SUCCEEDED",
              "FAILED",
              "AGE",
              "WAITINGFOR",
              "MESSAGE");
      assertThat(String.join(" ", broken.getLast()))
          .startsWith("app False BuildFailed v1.0.0 1 0 1 ")
          .endsWith("1 of 1 cluster failed on v1.0.0; alpha: no such folder");
      flux.runs("alpha", "app", "v1.0.0");
      kubectl(fleet, namespace, "wait", "--for=condition=Ready", "module/app", "--timeout=60s");
      kubectl(fleet, namespace, "wait", "--for=condition=Ready", "rasm/alpha", "--timeout=60s");

      var module = table(fleet, namespace, "get", "fmod");
      assertThat(module.getFirst()).doesNotContain("MESSAGE");
      assertThat(module.getLast()).startsWith("app", "True", "Succeeded", "v1.0.0", "1", "1", "0");
      assertThat(table(fleet, namespace, "get", "bmod").getLast())
          .startsWith("base", "True", "Succeeded", "v0.1.0", "1", "1", "0");
      var assemblage = table(fleet, namespace, "get", "rasm");
      assertThat(assemblage.getFirst())
          .containsExactly(
              "NAME", "READY", "REASON", "SYNCS", "SUCCEEDED", "FAILED", "APPLIED", "AGE");
      assertThat(String.join(" ", assemblage.getLast()))
          .startsWith("alpha True Succeeded 2 2 0 base v0.1.0@sha1:")
          .contains(", app v1.0.0@sha1:");
      assertThat(kubectl(fleet, namespace, "get", "fleet", "-o=name").lines())
          .containsExactlyInAnyOrder(
              "module.fleet.tranche.dev/app",
              "bootstrapmodule.fleet.tranche.dev/base",
              "remoteassemblage.fleet.tranche.dev/alpha");
    }
  }

  @Test
  void explainsEveryField(Fleet fleet, TestNamespace namespace)
      throws IOException, InterruptedException {
    for (var kind :
        List.of(
            "module",
            "bootstrapmodule",
            "remoteassemblage",
            "proxyassemblage",
            "assemblage",
            "rolloutapproval")) {
      assertThat(kubectl(fleet, namespace, "explain", kind + ".status"))
          .containsPattern("Ready (says )?whether every");
      var schema =
          JSON.<JsonNode>valueToTree(
                  fleet
                      .hub()
                      .client()
                      .apiextensions()
                      .v1()
                      .customResourceDefinitions()
                      .withName(kind + "s.fleet.tranche.dev")
                      .get())
              .at("/spec/versions/0/schema/openAPIV3Schema");
      assertThat(undescribed(kind, schema)).isEmpty();
    }
    assertThat(
            kubectl(
                fleet, namespace, "explain", "module.spec.sync.package.kustomize.retryInterval"))
        .contains("How soon a failure is tried again.");
    assertThat(kubectl(fleet, namespace, "explain", "module.spec.selector.matchExpressions"))
        .contains("enum: DoesNotExist, Exists, In, NotIn");
  }

  private static List<String> undescribed(String path, JsonNode schema) {
    var undescribed = new ArrayList<String>();
    for (var property : schema.path("properties").properties()) {
      var name = path + "." + property.getKey();
      // What every object has is described by Kubernetes itself.
      if (property.getValue().path("description").asText().isEmpty()
          && !List.of("apiVersion", "kind", "metadata").contains(property.getKey())) {
        undescribed.add(name);
      }
      undescribed.addAll(undescribed(name, property.getValue()));
    }
    if (schema.has("items")) {
      undescribed.addAll(undescribed(path + "[]", schema.path("items")));
    }
    return undescribed;
  }

  private List<List<String>> table(Fleet fleet, TestNamespace namespace, String... arguments)
      throws IOException, InterruptedException {
    return kubectl(fleet, namespace, arguments)
        .lines()
        .map(line -> List.of(line.strip().split(" +")))
        .toList();
  }

  private String kubectl(Fleet fleet, TestNamespace namespace, String... arguments)
      throws IOException, InterruptedException {
    var command =
        new ArrayList<>(
            List.of(
                fleet.kubectl().toString(),
                "--kubeconfig=" + fleet.hub().kubeconfig(),
                "--namespace=" + namespace.name()));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("HOME", home.toString());
    var process = builder.start();
    process.getOutputStream().close();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
    return output;
  }
}
