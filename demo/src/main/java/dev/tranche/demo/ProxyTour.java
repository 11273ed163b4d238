package dev.tranche.demo;

import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.v1alpha1.Assemblage;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import dev.tranche.testbed.Fleet;
import dev.tranche.testbed.WorkloadCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The steps of the demo of a cluster that applies for itself, in their order. */
final class ProxyTour implements AutoCloseable {
  private static final String NAMESPACE = "fleet";
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration POLL = Duration.ofMillis(50);

  private final Terminal terminal;
  private final Fleet fleet;
  private final City city;
  private final WorkloadCluster cluster;
  private final Tour tour;
  private @Nullable Daemon controlPlane;
  private @Nullable Daemon agent;

  ProxyTour(Terminal terminal, Fleet fleet, City city, Tour tour) {
    this.terminal = terminal;
    this.fleet = fleet;
    this.city = city;
    this.cluster = fleet.cluster(city.name());
    this.tour = tour;
  }

  void show() {
    terminal.step(Demo.CONTROL_PLANE_STEP);
    tour.prepareHub();
    startControlPlane();
    terminal.step("Enrol a bare cluster");
    tour.enrolClusters();
    terminal.step("Bring it what it needs to apply for itself, by BootstrapModules alone");
    var urls = tour.publishRepositories();
    urls.put("flux", Repositories.publish("flux", cluster.fluxCrds(), "v1.0.0", fleet.git()));
    urls.put(
        "tranche-agent",
        Repositories.publish("tranche-agent", Path.of("deploy", "agent"), "v0.1.0", fleet.git()));
    tour.applyModules(
        List.of("cluster-basics.yaml", "proxy/flux.yaml", "proxy/tranche-agent.yaml"), urls);
    tour.awaitReady();
    terminal.step("No pods run here, so start what Flux's and the agent's would run");
    cluster.startFlux();
    terminal.good("Flux's source- and kustomize-controller of %s are ready".formatted(city.name()));
    var started = Daemon.agent(fleet, cluster);
    agent = started;
    terminal.command(started.command());
    started.awaitReady();
    terminal.good("its agent is ready, with the rights that its BootstrapModule brought");
    terminal.step("Declare a module that the cluster applies by itself");
    tour.applyModules(List.of("proxy/greeting.yaml"), urls);
    awaitUnresolved();
    sayWhereItIs();
    tour.awaitReady();
    tour.lookIntoClusters("v1.0.0");
    terminal.step("Roll out v1.1.0");
    tour.changeVersion("v1.1.0");
    tour.awaitReady();
    tour.lookIntoClusters("v1.1.0");
    terminal.step("End the control plane, and take away by hand what Flux was told");
    endControlPlane();
    deleteByHand();
    terminal.step("Roll out v1.3.0, with the control plane back");
    startControlPlane();
    tour.changeVersion("v1.3.0");
    tour.awaitReady();
    tour.lookIntoClusters("v1.3.0");
    terminal.step("Look around");
    sayHowToLookAround();
  }

  @Override
  public void close() {
    Stream.of(controlPlane, agent).filter(Objects::nonNull).forEach(Daemon::close);
  }

  private void startControlPlane() {
    var started = tour.startControlPlane();
    controlPlane = started;
    started.awaitReady();
    terminal.good("it is ready");
  }

  private void endControlPlane() {
    if (controlPlane != null) {
      controlPlane.close();
    }
    controlPlane = null;
    terminal.good("it has ended");
  }

  /** The module mentions a ConfigMap of the cluster, which is not there yet. */
  private void awaitUnresolved() {
    terminal.line("");
    await(
        "the agent says what is missing",
        () -> syncs().anyMatch(sync -> sync.state() == SyncState.FAILED));
    syncs()
        .filter(sync -> sync.state() == SyncState.FAILED)
        .forEach(sync ->
            terminal.line(
                "%s: %s, %s"
                    .formatted(sync.name(), sync.reason(), String.valueOf(sync.message()))));
  }

  private void sayWhereItIs() {
    var literal = "--from-literal=region=" + city.region();
    terminal.command(
        "kubectl --kubeconfig CLUSTER --namespace %s create configmap about-this-cluster %s"
            .formatted(NAMESPACE, literal));
    terminal.line(
        inCluster("--namespace", NAMESPACE, "create", "configmap", "about-this-cluster", literal));
  }

  private void deleteByHand() {
    var before = kustomization();
    terminal.command(
        "kubectl --kubeconfig CLUSTER --namespace %s delete kustomizations --all"
            .formatted(NAMESPACE));
    terminal.line(inCluster("--namespace", NAMESPACE, "delete", "kustomizations", "--all"));
    await(
        "the agent has told Flux again",
        () ->
            kustomizations()
                .anyMatch(
                    now -> !now.getMetadata().getUid().equals(before.getMetadata().getUid())));
    tour.lookIntoClusters("v1.1.0");
    terminal.good("what runs there was never touched");
  }

  private void sayHowToLookAround() {
    terminal.command("export KUBECONFIG=" + fleet.directory().resolve("kubeconfig"));
    Stream.of(
            "kubectl get fleet",
            "kubectl get pasm -o wide",
            "kubectl get rasm,fmod,bmod",
            "kubectl --kubeconfig %s get asm,kustomizations --all-namespaces"
                .formatted(cluster.kubeconfig()))
        .forEach(terminal::command);
    terminal.line("The logs of everything: " + fleet.logs());
  }

  private String inCluster(String... arguments) {
    return new Shell(cluster.kubeconfig()).run(fleet.kubectl(), arguments);
  }

  private Stream<SyncStatus> syncs() {
    var assemblage =
        cluster
            .client()
            .resources(Assemblage.class)
            .inNamespace(NAMESPACE)
            .withName(city.name())
            .get();
    return assemblage == null || assemblage.getStatus() == null
        ? Stream.empty()
        : assemblage.getStatus().syncs().stream();
  }

  private Kustomization kustomization() {
    return kustomizations()
        .findFirst()
        .orElseThrow(() -> new DemoException(city.name() + " has no Kustomization"));
  }

  private Stream<Kustomization> kustomizations() {
    return cluster
        .client()
        .resources(Kustomization.class)
        .inNamespace(NAMESPACE)
        .list()
        .getItems()
        .stream();
  }

  private void await(String what, BooleanSupplier reached) {
    var begin = Instant.now();
    while (!reached.getAsBoolean()) {
      if (Duration.between(begin, Instant.now()).compareTo(PATIENCE) > 0) {
        throw new DemoException(
            "after %d s it is not so that %s".formatted(PATIENCE.toSeconds(), what));
      }
      try {
        Thread.sleep(POLL);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new DemoException("interrupted");
      }
    }
    terminal.good(
        "%s after %.1f s".formatted(what, Duration.between(begin, Instant.now()).toMillis() / 1e3));
  }
}
