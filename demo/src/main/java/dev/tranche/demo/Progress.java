package dev.tranche.demo;

import static java.util.stream.Collectors.joining;

import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.BootstrapModule;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.ModuleStatus;
import dev.tranche.crd.v1alpha1.ProxyAssemblage;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.crd.v1alpha1.Source;
import dev.tranche.crd.v1alpha1.StageStatus;
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
import java.util.function.Predicate;
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
    await(
        "all modules are Ready", modules -> modules.stream().allMatch(Progress::isReady), patience);
  }

  /** Waits until what a module's spec declares was taken back from every cluster that had it. */
  void awaitRolledBack(String name, Duration patience) {
    await(
        name + " is halted and rolled back",
        modules ->
            modules.stream()
                .filter(module -> name(module).equals(name))
                .allMatch(module -> isObserved(module) && hasReason(module, "RolledBack")),
        patience);
  }

  /** Whether the turns of two stages of a module came at the same instant. */
  boolean beganTogether(String module, String one, String other) {
    var began =
        modules().stream()
            .filter(candidate -> name(candidate).equals(module))
            .flatMap(candidate -> stages(candidate).stream())
            .filter(stage -> stage.name().equals(one) || stage.name().equals(other))
            .map(stage -> Optional.ofNullable(stage.startedAt()))
            .toList();
    return began.size() == 2
        && began.getFirst().isPresent()
        && began.getFirst().equals(began.getLast());
  }

  private void await(String what, Predicate<List<FleetModule>> reached, Duration patience) {
    var begin = Instant.now();
    while (true) {
      var modules = modules();
      var assemblages = assemblages();
      var elapsed = Duration.between(begin, Instant.now());
      terminal.draw(table(modules, assemblages));
      if (!terminal.isLive()) {
        tellChanges(modules, assemblages, elapsed);
      }
      if (reached.test(modules)) {
        terminal.keep();
        terminal.good("%s after %.1f s".formatted(what, elapsed.toMillis() / 1_000.0));
        return;
      }
      if (elapsed.compareTo(patience) > 0) {
        terminal.keep();
        throw new DemoException(
            "after %d s it is not so that %s: %s"
                .formatted(
                    patience.toSeconds(),
                    what,
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

  /** What one cluster was told to run, by either delivery, and what is known of that. */
  private record Assemblages(List<AssignedSync> entries, List<SyncStatus> states) {
    Assemblages and(Assemblages other) {
      return new Assemblages(
          Stream.concat(entries.stream(), other.entries.stream()).toList(),
          Stream.concat(states.stream(), other.states.stream()).toList());
    }
  }

  private Map<String, Assemblages> assemblages() {
    var found = new HashMap<String, Assemblages>();
    for (var remote :
        hub.resources(RemoteAssemblage.class).inNamespace(namespace).list().getItems()) {
      var states = remote.getStatus() == null ? List.<SyncStatus>of() : remote.getStatus().syncs();
      found.merge(
          remote.getMetadata().getName(),
          new Assemblages(remote.getSpec().syncs(), states),
          Assemblages::and);
    }
    for (var proxy :
        hub.resources(ProxyAssemblage.class).inNamespace(namespace).list().getItems()) {
      var states = proxy.getStatus() == null ? List.<SyncStatus>of() : proxy.getStatus().syncs();
      found.merge(
          proxy.getMetadata().getName(),
          new Assemblages(proxy.getSpec().assemblage().syncs(), states),
          Assemblages::and);
    }
    return found;
  }

  private List<String> table(List<FleetModule> modules, Map<String, Assemblages> assemblages) {
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
    for (var module : modules) {
      var stages = stages(module);
      if (stages.size() > 1) {
        lines.add(
            "%s: %s"
                .formatted(
                    name(module),
                    stages.stream()
                        .map(stage -> stage.name() + " " + standing(module, stage))
                        .collect(joining("   "))));
      }
      lines.add(sentence(module));
    }
    return lines;
  }

  private void tellChanges(
      List<FleetModule> modules, Map<String, Assemblages> assemblages, Duration elapsed) {
    for (var module : modules) {
      for (var city : cities) {
        tell(
            name(module) + " on " + city.name(),
            cell(module, assemblages.get(city.name())),
            elapsed);
      }
      var stages = stages(module);
      if (stages.size() > 1) {
        stages.forEach(stage ->
            tell(
                "%s, stage %s".formatted(name(module), stage.name()),
                standing(module, stage),
                elapsed));
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
  private static String cell(FleetModule module, @Nullable Assemblages assemblage) {
    if (assemblage == null) {
      return "·";
    }
    var key = new SyncKey(module.getKind(), name(module));
    var assigned = assemblage.entries().stream().filter(sync -> sync.key().equals(key)).findFirst();
    if (assigned.isEmpty()) {
      return "·";
    }
    var status = assemblage.states().stream().filter(sync -> sync.key().equals(key)).findFirst();
    var runs = status.map(SyncStatus::appliedRevision).map(Progress::tag).orElse("");
    var isCurrent =
        status.map(SyncStatus::revision).filter(assigned.get().revision()::equals).isPresent();
    var state = status.map(SyncStatus::state).filter(s -> isCurrent).orElse(SyncState.UPDATING);
    return switch (state) {
      case SUCCEEDED -> "✔ " + runs;
      case FAILED -> "✘ " + status.map(SyncStatus::reason).orElse("Failed");
      case UPDATING, WAITING -> {
        var coming = tag(assigned.get().source());
        yield "↻ " + (runs.isEmpty() || runs.equals(coming) ? "" : runs + " → ") + coming;
      }
    };
  }

  private static List<StageStatus> stages(FleetModule module) {
    return Stream.ofNullable(module.getStatus())
        .filter(status -> isObserved(module))
        .map(ModuleStatus::rollout)
        .filter(Objects::nonNull)
        .flatMap(rollout -> rollout.stages().stream())
        .toList();
  }

  /** How far a stage is: a sign, and how many of its clusters have the version. */
  private static String standing(FleetModule module, StageStatus stage) {
    var rollout = Objects.requireNonNull(Objects.requireNonNull(module.getStatus()).rollout());
    var sign =
        switch (Objects.requireNonNull(stage.state())) {
          case WAITING -> "·";
          case ROLLING_OUT -> rollout.decision() == null ? "↻" : "✘";
          case GATING -> "◔";
          case PASSED -> "✔";
        };
    return "%s %d of %d".formatted(sign, stage.succeeded(), stage.total());
  }

  private static boolean isReady(FleetModule module) {
    return isObserved(module) && hasReason(module, "Succeeded");
  }

  private static boolean isObserved(FleetModule module) {
    var status = module.getStatus();
    return status != null
        && Objects.equals(status.observedGeneration(), module.getMetadata().getGeneration())
        && tag(module.getSpec().sync().source()).equals(status.version());
  }

  private static boolean hasReason(FleetModule module, String reason) {
    return ready(module).filter(condition -> reason.equals(condition.getReason())).isPresent();
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

  private static String tag(Source source) {
    return source.version();
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
