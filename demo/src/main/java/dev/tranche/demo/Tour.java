package dev.tranche.demo;

import static java.util.stream.Collectors.joining;

import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.WorkloadCluster;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The steps of the demo, in their order. */
final class Tour {
  private static final String NAMESPACE = "fleet";
  private static final Path ENROL = Path.of("scripts", "enrol-cluster");
  private static final Path DEMO = Path.of("demo");

  private final Terminal terminal;
  private final Fleet fleet;
  private final List<City> cities;
  private final Path kubeconfig;
  private final Shell shell;
  private final Progress progress;

  Tour(Terminal terminal, Fleet fleet, List<City> cities) {
    this.terminal = terminal;
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
  }

  void enrolClusters() {
    for (var city : cities) {
      var labels = List.of("env=demo", "region=" + city.region());
      terminal.command(
          "scripts/enrol-cluster %s.kubeconfig --name %s --label %s"
              .formatted(city.name(), city.name(), String.join(" --label ", labels)));
      var said =
          shell.run(
              ENROL.toAbsolutePath(),
              cluster(city).kubeconfig().toString(),
              "--name",
              city.name(),
              "--label",
              labels.get(0),
              "--label",
              labels.get(1));
      said.lines().limit(2).forEach(terminal::line);
    }
  }

  void applyModules() {
    var urls = Repositories.publish(DEMO.resolve("repositories"), fleet.git());
    for (var module : List.of("cluster-basics", "greeting")) {
      var manifest = fleet.directory().resolve(module + ".yaml");
      var yaml = read(DEMO.resolve("fleet").resolve(module + ".yaml"));
      for (var url : urls.entrySet()) {
        yaml = yaml.replace("GIT_SERVER/%s.git".formatted(url.getKey()), url.getValue());
      }
      write(manifest, yaml);
      terminal.command("kubectl apply --filename %s.yaml".formatted(module));
      terminal.aside(yaml);
      terminal.line(shell.run(fleet.kubectl(), "apply", "--filename", manifest.toString()));
    }
  }

  void changeVersion(String version) {
    var patch =
        "{\"spec\":{\"sync\":{\"source\":{\"git\":{\"version\":{\"tag\":\"%s\"}}}}}}"
            .formatted(version);
    terminal.command("kubectl patch module greeting --type merge --patch '%s'".formatted(patch));
    terminal.line(
        shell.run(
            fleet.kubectl(), "patch", "module", "greeting", "--type", "merge", "--patch", patch));
  }

  void awaitReady() {
    terminal.line("");
    progress.awaitReady(Duration.ofMinutes(2).plusSeconds(5L * cities.size()));
  }

  /** Asks each cluster itself, since what the hub says is what is to be shown. */
  void lookIntoClusters(String version) {
    terminal.command("kubectl --kubeconfig CLUSTER get configmap greeting --namespace apps");
    for (var city : cities) {
      var found =
          cluster(city).client().configMaps().inNamespace("apps").withName("greeting").get();
      var data = found == null ? Map.<String, String>of() : data(found);
      if (!version.equals(data.get("version"))
          || !String.valueOf(data.get("text"))
              .endsWith("from %s in %s!".formatted(city.name(), city.region()))) {
        throw new DemoException("%s has not what it should: %s".formatted(city.name(), data));
      }
      terminal.line("%-12s %-8s  %s".formatted(city.name(), data.get("version"), data.get("text")));
    }
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
            List.of("kubectl get clusters --show-labels", "the clusters"),
            List.of("kubectl describe module greeting", "state, counts, events"),
            List.of("kubectl get rasm %s -o yaml".formatted(one.name()), "what one cluster runs"),
            List.of("kubectl get gitrepositories,kustomizations", "what Flux was told"),
            List.of(
                "kubectl label cluster %s env-".formatted(one.name()),
                "takes the greeting from " + one.name()),
            List.of(
                "kubectl label cluster %s env=demo".formatted(one.name()), "and gives it back"));
    examples.forEach(
        example -> terminal.command("%-42s # %s".formatted(example.get(0), example.get(1))));
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
