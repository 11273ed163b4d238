package dev.tranche.benchmarks;

import dev.tranche.crd.v1alpha1.Assemblage;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.testbed.AuditEvent;
import dev.tranche.testbed.WorkloadCluster;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What the agent needs in a workload cluster, beside a real Flux. */
final class AgentFootprint {
  private static final int SYNCS = 10;
  private static final double RESIDENT_MEGABYTES = 160;
  private static final Duration REST = Duration.ofSeconds(60);
  private static final Duration SETTLING = Duration.ofSeconds(15);
  private static final String NAMESPACE = "agent";
  private static final String USER = "system:serviceaccount:tranche-system:tranche-agent";

  private final Bench bench;

  AgentFootprint(Bench bench) {
    this.bench = bench;
  }

  List<Row> measure() {
    bench.progress().accept("agent: a workload cluster with Flux");
    try (var cluster = bench.fleet().startCluster("agent")) {
      cluster.startFlux();
      cluster.apply(Path.of("deploy", "agent"));
      cluster
          .client()
          .resource(
              new NamespaceBuilder().withNewMetadata().withName(NAMESPACE).endMetadata().build())
          .create();
      cluster.client().resource(Serialization.unmarshal(assemblage(), Assemblage.class)).create();
      // So that the second one, which is measured, finds everything built.
      start(cluster).close();
      var begin = System.nanoTime();
      try (var agent = start(cluster)) {
        var start = Duration.ofNanos(System.nanoTime() - begin);
        var startCpu = agent.cpu();
        Wait.until("all syncs have succeeded", () -> succeeded(cluster));
        Wait.pause(SETTLING);
        var resident = agent.residentMegabytes();
        var mark = cluster.auditLog().mark();
        var cpu = agent.cpu();
        Wait.pause(REST);
        var used = agent.cpu().minus(cpu);
        var requests =
            cluster.auditLog().since(mark).stream()
                .filter(event -> event.user().equals(USER))
                .toList();
        return List.of(
            Row.limited(
                "agent, %d syncs: resident memory".formatted(SYNCS),
                resident,
                " MB",
                RESIDENT_MEGABYTES,
                "all applied by a real Flux"),
            Row.told(
                "agent: from its start until it is ready",
                start.toMillis() / 1_000.0,
                " s",
                "%.2f s of processor time".formatted(startCpu.toMillis() / 1_000.0)),
            Row.told(
                "agent, %d syncs: processor time at rest".formatted(SYNCS),
                (double) used.toMillis(),
                " ms",
                "in %d s".formatted(REST.toSeconds())),
            Row.limited(
                "agent, %d syncs: writes at rest".formatted(SYNCS),
                (double) requests.stream().filter(AuditEvent::isWrite).count(),
                "",
                0,
                "in %d s, with %d requests of any kind"
                    .formatted(REST.toSeconds(), requests.size())));
      }
    }
  }

  private RunningProgram start(WorkloadCluster cluster) {
    try {
      var kubeconfig = bench.fleet().directory().resolve("agent.kubeconfig");
      Files.writeString(
          kubeconfig,
          cluster.kubeconfigFor(
              USER,
              List.of(
                  "system:serviceaccounts",
                  "system:serviceaccounts:tranche-system",
                  "system:authenticated")));
      return RunningProgram.start(
          "the agent",
          List.of(Path.of("scripts", "agent").toAbsolutePath().toString()),
          Map.of("KUBECONFIG", kubeconfig.toString()),
          bench.output().resolve("agent.log"));
    } catch (IOException e) {
      throw new UncheckedIOException("the agent cannot be started", e);
    }
  }

  /** One repository for each sync, with one ConfigMap that takes a value of a binding. */
  private String assemblage() {
    return """
    apiVersion: fleet.tranche.dev/v1alpha1
    kind: Assemblage
    metadata: {name: cluster, namespace: %s}
    spec:
      syncs:
    %s
    """
        .formatted(
            NAMESPACE,
            IntStream.range(0, SYNCS)
                .mapToObj(number -> entry("app-" + number))
                .collect(Collectors.joining("\n")));
  }

  private String entry(String name) {
    var repository = bench.fleet().git().createRepository("agent-" + name);
    repository.commit(
        Map.of(
            "cm.yaml",
            """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: %s, namespace: %s}
            data: {value: "${VALUE}"}
            """
                .formatted(name, NAMESPACE)),
        "One");
    repository.tag("v1");
    return """
      - origin: Module
        name: %s
        revision: r1
        source: {git: {url: "%s", version: {tag: v1}}}
        package: {kustomize: {substitute: {VALUE: $(VALUE)}}}
        bindings: [{name: VALUE, value: $(CLUSTER_NAME)}]
    """
        .formatted(name, repository.url())
        .stripTrailing();
  }

  private static boolean succeeded(WorkloadCluster cluster) {
    var assemblage =
        cluster
            .client()
            .resources(Assemblage.class)
            .inNamespace(NAMESPACE)
            .withName("cluster")
            .get();
    return assemblage.getStatus().syncs().size() == SYNCS
        && assemblage.getStatus().syncs().stream()
            .allMatch(sync -> sync.state() == SyncState.SUCCEEDED);
  }
}
