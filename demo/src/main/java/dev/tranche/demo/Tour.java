package dev.tranche.demo;

import static java.util.stream.Collectors.joining;

import dev.tranche.demo.Sightings.Sighting;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.WorkloadCluster;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The steps of the demo, in their order. */
final class Tour {
  private static final String NAMESPACE = "fleet";
  private static final Path ENROL = Path.of("scripts", "enrol-cluster");
  private static final Path DEMO = Path.of("demo");
  private static final Path APPROVALS = Path.of("deploy", "approvals");

  /** For the revision that was looked at, in one's own name: any other would not count. */
  private static final String APPROVAL =
      """
      apiVersion: fleet.tranche.dev/v1alpha1
      kind: RolloutApproval
      metadata: {generateName: greeting-canary-}
      spec:
        moduleRef: {name: greeting}
        stage: canary
        revision: '$(kubectl get module greeting -o jsonpath={.status.targetRevision})'
        approvedBy: '$(kubectl auth whoami -o jsonpath={.status.userInfo.username})'"
      """;

  private final Terminal terminal;
  private final Fleet fleet;
  private final List<City> cities;
  private final Path kubeconfig;
  private final Shell shell;
  private final Progress progress;
  private final Sightings sightings;
  private Instant changed = Instant.EPOCH;

  Tour(Terminal terminal, Fleet fleet, List<City> cities, Sightings sightings) {
    this.terminal = terminal;
    this.sightings = sightings;
    this.fleet = fleet;
    this.cities = cities;
    this.kubeconfig = fleet.directory().resolve("kubeconfig");
    this.shell = new Shell(kubeconfig);
    this.progress = new Progress(fleet.hub().client(), NAMESPACE, cities, terminal);
  }

  void prepareHub() {
    write(kubeconfig, fleet.hub().kubeconfigYaml());
    shell.run(fleet.kubectl(), "config", "set-context", "--current", "--namespace", NAMESPACE);
    shell.run(fleet.kubectl(), "create", "namespace", NAMESPACE);
    fleet.hub().apply(APPROVALS.resolve("approver-role.yaml"));
    fleet.hub().apply(APPROVALS.resolve("admission-policy.yaml"));
  }

  Daemon startControlPlane() {
    var controlPlane = Daemon.controlPlane(fleet);
    terminal.command(controlPlane.command());
    return controlPlane;
  }

  void enrolClusters() {
    for (var city : cities) {
      var arguments = new ArrayList<String>();
      arguments.add("--name");
      arguments.add(city.name());
      for (var label : city.labels()) {
        arguments.add("--label");
        arguments.add(label);
      }
      terminal.command(
          "scripts/enrol-cluster %s.kubeconfig %s"
              .formatted(city.name(), String.join(" ", arguments)));
      arguments.addFirst(cluster(city).kubeconfig().toString());
      var said = shell.run(ENROL.toAbsolutePath(), arguments.toArray(String[]::new));
      said.lines().limit(2).forEach(terminal::line);
    }
  }

  /** Where the repositories of the demo are, once they are published. */
  Map<String, String> publishRepositories() {
    return new HashMap<>(Repositories.publish(DEMO.resolve("repositories"), fleet.git()));
  }

  /**
   * Applies manifests as a person would.
   *
   * @param modules files beneath {@code demo/fleet}
   * @param urls where each repository is, by its name
   */
  void applyModules(List<String> modules, Map<String, String> urls) {
    for (var file : modules) {
      var module = file.substring(file.lastIndexOf('/') + 1);
      var manifest = fleet.directory().resolve(module);
      var yaml = read(DEMO.resolve("fleet").resolve(file));
      for (var url : urls.entrySet()) {
        yaml = yaml.replace("GIT_SERVER/%s.git".formatted(url.getKey()), url.getValue());
      }
      write(manifest, yaml);
      terminal.command("kubectl apply --filename " + module);
      terminal.aside(yaml);
      terminal.line(shell.run(fleet.kubectl(), "apply", "--filename", manifest.toString()));
    }
  }

  void changeVersion(String version) {
    var patch = versionPatch(version);
    terminal.command("kubectl patch module greeting --type merge --patch '%s'".formatted(patch));
    changed = Instant.now();
    terminal.line(
        shell.run(
            fleet.kubectl(), "patch", "module", "greeting", "--type", "merge", "--patch", patch));
  }

  void awaitReady() {
    terminal.line("");
    progress.awaitReady(patience());
  }

  void awaitRolledBack() {
    terminal.line("");
    progress.awaitRolledBack("greeting", patience());
  }

  /** Asks each cluster itself, since what the hub says is what is to be shown. */
  void lookIntoClusters(String version) {
    terminal.command("kubectl --kubeconfig CLUSTER get configmap greeting --namespace apps");
    for (var city : cities) {
      var data = data(greeting(city));
      if (!version.equals(data.get("version"))
          || !String.valueOf(data.get("text"))
              .endsWith("from %s in %s!".formatted(city.name(), city.region()))) {
        throw new DemoException("%s has not what it should: %s".formatted(city.name(), data));
      }
      terminal.line("%-12s %-8s  %s".formatted(city.name(), data.get("version"), data.get("text")));
    }
  }

  private record Turn(City city, Instant at) {}

  /**
   * Shows from the clusters that the canary had it first, and that the others then had it together.
   */
  void checkOrder(String version) {
    var turns =
        cities.stream()
            .map(city -> new Turn(city, turnedTo(city, version)))
            .sorted(Comparator.comparing(Turn::at))
            .toList();
    if (!turns.getFirst().city().canary()) {
      throw new DemoException(
          "%s had %s before the canary".formatted(turns.getFirst().city().name(), version));
    }
    if (!progress.beganTogether("greeting", "west", "east")) {
      throw new DemoException("west and east did not begin at the same time");
    }
    terminal.line("");
    terminal.line("Seen in the clusters, so long after the change:");
    turns.forEach(turn ->
        terminal.line(
            "%5.1f s  %s"
                .formatted(
                    Duration.between(changed, turn.at()).toMillis() / 1_000.0,
                    turn.city().name())));
    terminal.good("the canary was the first, west and east began at the same time");
  }

  /** Shows from the clusters that only the canary ever had it. */
  void checkOnlyOnCanary(String version) {
    terminal.line("");
    terminal.line("What each cluster has had, in this order:");
    for (var city : cities) {
      var had = sightings.of(city, greeting(city)).stream().map(Sighting::version).toList();
      terminal.line("%-12s %s".formatted(city.name(), String.join(" → ", had)));
      if (had.contains(version) != city.canary()) {
        throw new DemoException(
            "%s should%s have had %s"
                .formatted(city.name(), city.canary() ? "" : " never", version));
      }
    }
    terminal.good("only the canary ever had " + version);
  }

  /** Shows what the hub says of a version that did not make it. */
  void showWhatTheHubSays(String version) {
    var conditions =
        "jsonpath={range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{\"\\n\"}{end}";
    terminal.line("");
    terminal.command("kubectl get module greeting --output '%s'".formatted(conditions));
    shell
        .run(fleet.kubectl(), "get", "module", "greeting", "--output", conditions)
        .lines()
        .forEach(terminal::line);
    terminal.line("");
    terminal.command("kubectl events --for module/greeting | grep %s:".formatted(version));
    shell
        .run(fleet.kubectl(), "events", "--for", "module/greeting")
        .lines()
        .filter(line -> line.contains(version + ":"))
        .forEach(terminal::line);
  }

  void sayHowToLookAround() {
    if (!isOnPath("kubectl")) {
      terminal.command("export PATH=%s:$PATH".formatted(fleet.kubectl().getParent()));
    }
    terminal.command("export KUBECONFIG=" + kubeconfig);
    var one = cities.getFirst();
    var examples =
        List.of(
            List.of("kubectl get fleet", "all that Tranche has"),
            List.of("kubectl get fmod -o wide", "and what a rollout waits for"),
            List.of("kubectl get clusters --show-labels", "the clusters"),
            List.of("kubectl describe module greeting", "state, stages, counts, events"),
            List.of("kubectl get rasm %s -o yaml".formatted(one.name()), "what one cluster runs"),
            List.of("kubectl get gitrepositories,kustomizations", "what Flux was told"),
            List.of("kubectl get controllerrevisions", "what the modules declared before"),
            List.of(
                "kubectl label cluster %s env-".formatted(one.name()),
                "takes the greeting from " + one.name()),
            List.of(
                "kubectl label cluster %s env=demo".formatted(one.name()), "and gives it back"));
    examples.forEach(
        example -> terminal.command("%-42s # %s".formatted(example.get(0), example.get(1))));
    terminal.line("");
    terminal.line("Let every version wait on the canary until somebody approves it, change the");
    terminal.line("version, and approve:");
    terminal.command(
        "kubectl patch module greeting --type json --patch '[{\"op\":\"add\",\"path\":\"/spec/rollout/stages/0/gates/-\",\"value\":{\"approval\":{}}}]'");
    terminal.command(
        "kubectl patch module greeting --type merge --patch '%s'"
            .formatted(versionPatch("v1.1.0")));
    terminal.command("kubectl create -f - <<< \"");
    APPROVAL.lines().forEach(terminal::line);
    terminal.line("");
    terminal.line("The clusters themselves:");
    cities.stream()
        .limit(5)
        .forEach(city ->
            terminal.command(
                "kubectl --kubeconfig %s get cm -n apps greeting -o yaml"
                    .formatted(cluster(city).kubeconfig())));
    terminal.line("The logs of everything, the control plane's too: " + fleet.logs());
  }

  /** Keeps the logs of a demo that went wrong, and says where. */
  Path keepLogs() {
    var kept = DEMO.resolve("target").resolve("logs").toAbsolutePath();
    fleet.copyLogs(kept);
    return kept;
  }

  private Duration patience() {
    return Duration.ofMinutes(2).plusSeconds(5L * cities.size());
  }

  /** When a cluster turned to a version for the last time. */
  private Instant turnedTo(City city, String version) {
    return sightings.of(city, greeting(city)).reversed().stream()
        .filter(sighting -> sighting.version().equals(version))
        .findFirst()
        .map(Sighting::at)
        .orElseThrow(() -> new DemoException("%s never had %s".formatted(city.name(), version)));
  }

  private ConfigMap greeting(City city) {
    var found = cluster(city).client().configMaps().inNamespace("apps").withName("greeting").get();
    if (found == null) {
      throw new DemoException(city.name() + " has no greeting");
    }
    return found;
  }

  private static String versionPatch(String version) {
    return "{\"spec\":{\"sync\":{\"source\":{\"git\":{\"version\":{\"tag\":\"%s\"}}}}}}"
        .formatted(version);
  }

  private WorkloadCluster cluster(City city) {
    return fleet.cluster(city.name());
  }

  private static Map<String, String> data(ConfigMap configMap) {
    var data = configMap.getData();
    return data == null ? Map.of() : data;
  }

  private static boolean isOnPath(String program) {
    var path = System.getenv("PATH");
    return path != null
        && Arrays.stream(path.split(File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).lines().collect(joining("\n"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
