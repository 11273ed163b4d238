package dev.tranche.controlplane.module;

import dev.tranche.controlplane.history.ModuleContent;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.rollout.Pin;
import dev.tranche.rollout.ReasonCode;
import dev.tranche.rollout.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Which clusters a module pins, and to what. */
final class ModulePins {
  private final List<dev.tranche.crd.v1alpha1.Pin> pins;
  private final Map<String, ModuleContent> contents = new HashMap<>();

  /** Looks up the contents that the pins name; null where there is none. */
  ModulePins(FleetModule module, Function<String, @Nullable ModuleContent> history) {
    pins = module.getSpec().pins();
    for (var pin : pins) {
      var content = pin.revision() == null ? null : history.apply(pin.revision());
      if (content != null) {
        contents.put(Objects.requireNonNull(pin.revision()), content);
      }
    }
  }

  static boolean any(FleetModule module) {
    return !module.getSpec().pins().isEmpty();
  }

  /** The contents that clusters are pinned to. */
  List<ModuleContent> contents() {
    return new ArrayList<>(contents.values());
  }

  /** What holds a cluster; null where nothing does. */
  @Nullable Pin of(
      String cluster, Map<String, String> labels, Function<ModuleContent, Target> resolve) {
    for (var pin : pins) {
      if (pin.clusters().contains(cluster)
          || (pin.selector() != null && pin.selector().matches(labels))) {
        return new Pin(target(pin.revision(), resolve), pin.reason(), pin.until());
      }
    }
    return null;
  }

  private @Nullable Target target(
      @Nullable String revision, Function<ModuleContent, Target> resolve) {
    if (revision == null) {
      return null;
    }
    var content = contents.get(revision);
    return content == null
        ? new Target.Unresolvable(
            ReasonCode.PINNED_REVISION_NOT_FOUND.because(
                "the pin names revision %s, which the history does not have".formatted(revision)))
        : resolve.apply(content);
  }
}
