package dev.tranche.testbed;

import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * The control plane cluster: an API server with kube-controller-manager and the CRDs of Flux and
 * Cluster API, and with Flux's source- and kustomize-controller and Cluster API's manager where the
 * fleet has them.
 *
 * <p>No webhook configuration of Cluster API is installed, so none of its webhooks defaults,
 * validates or converts anything: v1beta1 and v1beta2 of a kind are both served, and both are the
 * object as it is stored.
 */
public final class Hub extends ApiServer {
  private final List<Program> flux = new ArrayList<>();
  private final List<Program> controllers = new ArrayList<>();

  Hub(Host host, boolean withFlux, boolean withClusterApi) {
    super(host, "hub", "hub");
    if (withFlux) {
      flux.add(sourceController());
      flux.add(kustomizeController());
    }
    controllers.addAll(flux);
    if (withClusterApi) {
      controllers.add(clusterApiManager());
    }
  }

  /** Starts the API server, then what is served there, then the controllers that need it. */
  void start(List<Path> manifests, BiConsumer<String, Instant> progress) {
    var begin = Instant.now();
    start();
    progress.accept(this + " is ready", begin);
    var applied = new ArrayList<Path>();
    applied.add(host().tools().path("flux-crds"));
    applied.add(host().tools().path("cluster-api-crds"));
    applied.addAll(manifests);
    Parallel.map(applied, this::applied);
    progress.accept("the CRDs of Flux and Cluster API are served", begin);
    // After the CRDs: the garbage collector looks for new kinds at its start, then twice a minute.
    startControllerManager();
    controllers.forEach(Program::start);
    controllers.forEach(Program::awaitReady);
    progress.accept("the hub's controllers are ready", begin);
  }

  @Override
  public void apply(Path manifests) {
    if (applied(manifests)) {
      restartControllerManager();
    }
  }

  /** Stops Flux's processes where they are: the hub serves, and nothing is applied or reported. */
  public void hangFlux() {
    flux.forEach(Program::hang);
  }

  /** Ends {@link #hangFlux}. */
  public void resumeFlux() {
    flux.forEach(Program::resume);
  }

  /** Ends Flux's processes without warning and starts them again. */
  public void restartFlux() {
    flux.forEach(Program::kill);
    flux.forEach(Program::start);
    flux.forEach(Program::awaitReady);
  }

  private Program sourceController() {
    var artifacts = "127.0.0.1:" + Ports.free();
    return controller(
        "source-controller",
        List.of(
            "--storage-path=" + host().folder("artifacts"),
            "--storage-addr=" + artifacts,
            "--storage-adv-addr=" + artifacts,
            "--concurrent=4"));
  }

  private Program kustomizeController() {
    return controller("kustomize-controller", List.of("--concurrent=10"));
  }

  private Program controller(String name, List<String> ownFlags) {
    var health = "127.0.0.1:" + Ports.free();
    var flags =
        new ArrayList<>(
            List.of(
                "--health-addr=" + health,
                "--metrics-addr=0",
                "--requeue-dependency=1s",
                "--kube-api-qps=500",
                "--kube-api-burst=1000"));
    flags.addAll(ownFlags);
    return host()
        .program(
            name(),
            name,
            Probe.http(URI.create("http://" + health + "/readyz")),
            Map.of("KUBECONFIG", kubeconfig().toString()),
            flags);
  }

  private Program clusterApiManager() {
    var health = "127.0.0.1:" + Ports.free();
    var serving = new CertificateAuthority("cluster-api-webhooks").server();
    var certificates = host().folder("hub/webhooks");
    Host.write(certificates, "tls.crt", serving.certificatePem());
    Host.write(certificates, "tls.key", serving.keyPem());
    return host()
        .program(
            name(),
            "cluster-api",
            Probe.http(URI.create("http://" + health + "/readyz")),
            Map.of("POD_NAMESPACE", "default", "POD_NAME", "cluster-api", "POD_UID", "cluster-api"),
            List.of(
                "--kubeconfig=" + kubeconfig(),
                "--leader-elect=false",
                "--webhook-port=" + Ports.free(),
                "--webhook-cert-dir=" + certificates,
                "--health-addr=" + health,
                "--diagnostics-address=127.0.0.1:0",
                "--insecure-diagnostics=true",
                "--skip-crd-migration-phases=StorageVersionMigration,CleanupManagedFields"));
  }

  @Override
  List<Program> programs() {
    var programs = new ArrayList<>(super.programs());
    programs.addAll(controllers);
    return programs;
  }
}
