package dev.tranche.benchmarks;

import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.Hub;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * What all measurements share.
 *
 * @param jvmOptions of the control plane, beside those that it always has
 * @param output the folder for logs and results
 * @param progress told what is being done
 */
record Bench(
    Fleet fleet, Sizes sizes, List<String> jvmOptions, Path output, Consumer<String> progress) {

  /**
   * How much is measured.
   *
   * @param clusters of the large fleet
   * @param someClusters of the small fleet
   * @param modules of a fleet with many
   * @param burst modules that are declared at once
   * @param rounds in which times are compared
   */
  record Sizes(int clusters, int someClusters, int modules, int burst, int rounds) {}

  Hub hub() {
    return fleet.hub();
  }

  Site site(String namespace, int clusters) {
    progress.accept("%s: %d clusters".formatted(namespace, clusters));
    return Site.create(hub(), namespace, clusters);
  }

  SimulatedFlux flux(Site site) {
    return SimulatedFlux.start(hub().client(), site.namespace());
  }

  /**
   * A control plane that hardly looks whether clusters answer: all of them lead to the hub, which
   * would have as much to answer as a thousand clusters together.
   */
  ControlPlaneProcess controlPlane(Site site) {
    return controlPlane(site.namespace(), List.of("--unreachable-after", "24h"));
  }

  /** A control plane with these options of its own. */
  ControlPlaneProcess controlPlane(String namespace, List<String> arguments) {
    var options = jvmOptions.stream().map(option -> option.replace("%n", namespace)).toList();
    return ControlPlaneProcess.start(
        fleet, namespace, options, arguments, output.resolve("controlplane-" + namespace + ".log"));
  }
}
