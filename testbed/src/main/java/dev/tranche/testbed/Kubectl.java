package dev.tranche.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Applies manifests the way people do. */
final class Kubectl {
  private static final String CRD = "customresourcedefinition.apiextensions.k8s.io/";
  private static final String ESTABLISHED =
      "{.status.conditions[?(@.type==\"Established\")].status}=True";

  private final Path program;
  private final Path kubeconfig;
  private final Path home;

  Kubectl(Path program, Path kubeconfig, Path home) {
    this.program = program;
    this.kubeconfig = kubeconfig;
    this.home = home;
  }

  /**
   * Applies a file, a folder of files or a kustomization, waits until CRDs among it are served, and
   * says whether there were any.
   */
  boolean apply(Path manifests) {
    var kustomization = Files.exists(manifests.resolve("kustomization.yaml"));
    var applied =
        run(
            "apply",
            "--server-side",
            "--force-conflicts",
            "--field-manager=testbed",
            "--output=name",
            kustomization ? "--kustomize" : "--filename",
            manifests.toString());
    var crds = applied.lines().filter(name -> name.startsWith(CRD)).toList();
    if (!crds.isEmpty()) {
      // condition=Established ends with an error where a CRD has no conditions yet.
      var wait = new ArrayList<>(List.of("wait", "--for=jsonpath=" + ESTABLISHED, "--timeout=60s"));
      wait.addAll(crds);
      run(wait.toArray(String[]::new));
    }
    return !crds.isEmpty();
  }

  private String run(String... arguments) {
    var command = new ArrayList<>(List.of(program.toString(), "--kubeconfig=" + kubeconfig));
    command.addAll(List.of(arguments));
    try {
      var errors = Files.createTempFile(home, "kubectl", ".err");
      var builder = new ProcessBuilder(command).redirectError(errors.toFile());
      builder.environment().clear();
      builder.environment().put("HOME", home.toString());
      var process = builder.start();
      process.getOutputStream().close();
      var output = new String(process.getInputStream().readAllBytes(), UTF_8);
      var status = process.waitFor();
      var said = Files.readString(errors);
      Files.delete(errors);
      if (status != 0) {
        throw new FleetException("kubectl " + String.join(" ", arguments) + ": " + said.strip());
      }
      return output;
    } catch (IOException e) {
      throw new FleetException("kubectl could not be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FleetException("interrupted", e);
    }
  }
}
