package dev.tranche.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs commands against the hub as a person would. */
final class Shell {
  private final Path kubeconfig;

  Shell(Path kubeconfig) {
    this.kubeconfig = kubeconfig;
  }

  /** Runs a command to its end and returns what it said. */
  String run(Path program, String... arguments) {
    var command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    try {
      var builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("KUBECONFIG", kubeconfig.toString());
      var process = builder.start();
      process.getOutputStream().close();
      var said = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
      if (process.waitFor() != 0) {
        throw new DemoException("%s failed: %s".formatted(program.getFileName(), said));
      }
      return said;
    } catch (IOException e) {
      throw new DemoException("%s cannot be run: %s".formatted(program, e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DemoException("interrupted");
    }
  }
}
