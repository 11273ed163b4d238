package dev.tranche.demo;

import static java.util.stream.Collectors.toMap;

import dev.tranche.crd.v1alpha1.BootstrapModule;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Watches the modules reach the clusters, and shows it, from what the hub says about them. */
final class Progress {
  private static final int ROWS = 16;
  private static final Duration POLL = Duration.ofMillis(200);

  private final KubernetesClient hub;
  private final String namespace;
  private final List<City> cities;
  private final Terminal terminal;
  private final Map<String, String> told = new HashMap<>();

  Progress(KubernetesClient hub, String namespace, List<City> cities, Terminal terminal) {
    this.hub = hub;
    this.namespace = namespace;
    this.cities = cities;
    this.terminal = terminal;
  }

  /** Waits until every module is Ready with the version that its spec declares. */
  void awaitReady(Duration patience) {
    var begin = Instant.now();
    while (true) {
      var modules = modules();
      var assemblages = assemblages();
      var elapsed = Duration.between(begin, Instant.now());
      terminal.draw(table(modules, assemblages));
      if (!terminal.isLive()) {
        tellChanges(modules, assemblages, elapsed);
      }
      if (modules.stream().allMatch(Progress::isReady)) {
        terminal.keep();
        terminal.good("all modules are Ready after %.1f s".formatted(elapsed.toMillis() / 1_000.0));
        return;
      }
      if (elapsed.compareTo(patience) > 0) {
        terminal.keep();
        throw new DemoException(
            "not every module is Ready after %d s: %s"
                .formatted(
                    patience.toSeconds(),
                    String.join("; ", modules.stream().map(Progress::sentence).toList())));
      }
      pause();
    }
  }

  private List<FleetModule> modules() {
    return Stream.<FleetModule>concat(
            hub.resources(BootstrapModule.class).inNamespace(namespace).list().getItems().stream(),
            hub.resources(Module.class).inNamespace(namespace).list().getItems().stream())
        .toList();
  }

  private Map<String, RemoteAssemblage> assemblages() {
    return hub.resources(RemoteAssemblage.class).inNamespace(namespace).list().getItems().stream()
        .collect(toMap(assemblage -> assemblage.getMetadata().getName(), assemblage -> assemblage));
  }

  private List<String> table(List<FleetModule> modules, Map<String, RemoteAssemblage> assemblages) {
    var lines = new ArrayList<String>();
    var header = new StringBuilder("%-12s%-10s".formatted("CLUSTER", "REGION"));
    modules.forEach(
        module -> header.append("%-24s".formatted(name(module).toUpperCase(Locale.ROOT))));
    lines.add(header.toString());
    for (var city : cities.subList(0, Math.min(ROWS, cities.size()))) {
      var row = new StringBuilder("%-12s%-10s".formatted(city.name(), city.region()));
      modules.forEach(
          module -> row.append("%-24s".formatted(cell(module, assemblages.get(city.name())))));
      lines.add(row.toString());
    }
    if (cities.size() > ROWS) {
      lines.add("… and %d clusters more".formatted(cities.size() - ROWS));
    }
    lines.add("");
    modules.forEach(module -> lines.add(sentence(module)));
    return lines;
  }

  private void tellChanges(
      List<FleetModule> modules, Map<String, RemoteAssemblage> assemblages, Duration elapsed) {
    for (var module : modules) {
      for (var city : cities) {
        tell(
            name(module) + " on " + city.name(),
            cell(module, assemblages.get(city.name())),
            elapsed);
      }
      tell(name(module), sentence(module), elapsed);
    }
  }

  private void tell(String what, String state, Duration elapsed) {
    if (!state.equals(told.put(what, state))) {
      var text = state.startsWith(what) ? state : what + ": " + state;
      terminal.line("%5.1f s  %s".formatted(elapsed.toMillis() / 1_000.0, text));
    }
  }

  /** What one cluster has of a module: a sign, and the version that runs there. */
  private static String cell(FleetModule module, @Nullable RemoteAssemblage assemblage) {
    if (assemblage == null) {
      return "·";
    }
    var key = new SyncKey(module.getKind(), name(module));
    var assigned =
        assemblage.getSpec().syncs().stream().filter(sync -> sync.key().equals(key)).findFirst();
    if (assigned.isEmpty()) {
      return "·";
    }
    var status =
        Stream.ofNullable(assemblage.getStatus())
            .flatMap(all -> all.syncs().stream())
            .filter(sync -> sync.key().equals(key))
            .findFirst();
    var runs = status.map(SyncStatus::appliedRevision).map(Progress::tag).orElse("");
    var isCurrent =
        status.map(SyncStatus::revision).filter(assigned.get().revision()::equals).isPresent();
    var state = status.map(SyncStatus::state).filter(s -> isCurrent).orElse(SyncState.UPDATING);
    return switch (state) {
      case SUCCEEDED -> "✔ " + runs;
      case FAILED -> "✘ " + status.map(SyncStatus::reason).orElse("Failed");
      case UPDATING, WAITING -> "↻ " + (runs.isEmpty() ? "" : runs + " → ") + wanted(module);
    };
  }

  private static boolean isReady(FleetModule module) {
    var status = module.getStatus();
    return status != null
        && Objects.equals(status.observedGeneration(), module.getMetadata().getGeneration())
        && wanted(module).equals(status.version())
        && ready(module).filter(condition -> "True".equals(condition.getStatus())).isPresent();
  }

  private static String sentence(FleetModule module) {
    return "%s: %s"
        .formatted(
            name(module),
            ready(module)
                .map(condition -> "%s, %s".formatted(condition.getReason(), condition.getMessage()))
                .orElse("nothing is known of it yet"));
  }

  private static Optional<Condition> ready(FleetModule module) {
    return Optional.ofNullable(module.getStatus()).stream()
        .flatMap(status -> status.conditions().stream())
        .filter(condition -> "Ready".equals(condition.getType()))
        .findFirst();
  }

  private static String wanted(FleetModule module) {
    return String.valueOf(module.getSpec().sync().source().git().version().tag());
  }

  private static String name(FleetModule module) {
    return module.getMetadata().getName();
  }

  /** The tag in a revision such as {@code v1.0.0@sha1:…}. */
  private static String tag(String revision) {
    return revision.replaceFirst("@.*", "");
  }

  private static void pause() {
    try {
      Thread.sleep(POLL);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DemoException("interrupted");
    }
  }
}
