package dev.tranche.testbed;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The checkout that this code runs in: the programs' recipes and the product's manifests are there.
 */
final class Checkout {
  private Checkout() {}

  /** The checkout's top folder, found from the working directory or from where this class lies. */
  static Path root() {
    return Stream.of(Path.of("").toAbsolutePath(), ownLocation())
        .flatMap(start -> Stream.iterate(start, Path::getParent).takeWhile(p -> p != null))
        .filter(folder -> Files.isExecutable(folder.resolve("testbed/tools/build")))
        .findFirst()
        .orElseThrow(() ->
            new FleetException(
                "testbed/tools/build is in no folder above the working directory; run this"
                    + " inside a checkout"));
  }

  private static Path ownLocation() {
    try {
      return Path.of(Checkout.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
