package dev.tranche.benchmarks;

import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.ModuleSpec;
import dev.tranche.crd.v1alpha1.Pin;
import dev.tranche.crd.v1alpha1.RolloutSpec;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The stages of the rollouts, each with its share of the clusters. */
enum Ring {
  FIRST(20),
  SECOND(30),
  THIRD(50);

  /** Of a cluster, for its stage. */
  static final String LABEL = "ring";

  private final int percent;

  Ring(int percent) {
    this.percent = percent;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Ring of(int number, int clusters) {
    int end = 0;
    for (var ring : values()) {
      end += ring.percent;
      if (number * 100L < (long) end * clusters) {
        return ring;
      }
    }
    return THIRD;
  }

  /**
   * The module with a rollout through all rings.
   *
   * @param maxUnready of each ring, such as {@code 50%}
   */
  static Module staged(Module module, String maxUnready, List<Pin> pins) {
    var stages =
        Arrays.stream(values())
            .map(ring ->
                "- {name: %1$s, selector: {matchLabels: {%2$s: %1$s}}, maxUnready: %3$s}"
                    .formatted(ring.word(), LABEL, maxUnready))
            .collect(Collectors.joining("\n", "stages:\n", "\n"));
    var spec = module.getSpec();
    module.setSpec(
        new ModuleSpec(
            spec.selector(),
            spec.suspend(),
            spec.delivery(),
            spec.controlPlaneBindings(),
            spec.sync(),
            Serialization.unmarshal(stages, RolloutSpec.class),
            pins,
            spec.dependsOn(),
            spec.revisionHistoryLimit()));
    return module;
  }
}
