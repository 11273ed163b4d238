package dev.tranche.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toMap;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/** Where the built programs and CRD files are. */
final class Tools {
  private static final Path SCRIPT = Path.of("testbed", "tools", "build");

  private final Map<String, Path> paths;

  private Tools(Map<String, Path> paths) {
    this.paths = paths;
  }

  /**
   * Builds what is missing, which takes minutes the first time, and nothing afterwards.
   *
   * @param modules folders beside the script; none means those that a fleet needs
   */
  static Tools build(Consumer<String> progress, String... modules) {
    try {
      var command = new ArrayList<>(List.of("bash", Checkout.root().resolve(SCRIPT).toString()));
      command.addAll(List.of(modules));
      var process = new ProcessBuilder(command).start();
      process.getOutputStream().close();
      var listener =
          Thread.ofVirtual()
              .start(() ->
                  new BufferedReader(new InputStreamReader(process.getErrorStream(), UTF_8))
                      .lines()
                      .map(line -> line.replaceFirst("^testbed: ", ""))
                      .forEach(progress));
      var output = new String(process.getInputStream().readAllBytes(), UTF_8);
      listener.join();
      if (process.waitFor() != 0) {
        throw new FleetException("the programs of the fleet could not be built, see above");
      }
      return new Tools(
          output
              .lines()
              .map(line -> line.split("=", 2))
              .collect(toMap(entry -> entry[0], entry -> Path.of(entry[1]))));
    } catch (IOException e) {
      throw new FleetException("the programs of the fleet could not be built", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FleetException("interrupted while the programs of the fleet were built", e);
    }
  }

  /** Whether a program, or a folder of CRDs, was asked for. */
  boolean has(String name) {
    return paths.containsKey(name);
  }

  /** A program, or a folder of CRDs, by the name that the build gives it. */
  Path path(String name) {
    return Objects.requireNonNull(paths.get(name), () -> "nothing is built as " + name);
  }
}
