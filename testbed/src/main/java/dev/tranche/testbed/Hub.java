package dev.tranche.testbed;

import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * The control plane cluster: an API server with kube-controller-manager and the CRDs of Flux and
 * Cluster API, and with Flux's source- and kustomize-controller, its helm-controller and Cluster
 * API's manager where the fleet has them.
 *
 * <p>No webhook configuration of Cluster API is installed, so none of its webhooks defaults,
 * validates or converts anything: v1beta1 and v1beta2 of a kind are both served, and both are the
 * object as it is stored.
 */
public final class Hub extends ApiServer {
  private final List<Program> controllers = new ArrayList<>();

  Hub(Host host, boolean withFlux, boolean withClusterApi) {
    super(host, "hub", "hub");
    if (withFlux) {
      controllers.addAll(flux());
    }
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
    applied.addAll(allFluxCrds());
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
    var programs = new LinkedHashSet<>(super.programs());
    programs.addAll(controllers);
    return List.copyOf(programs);
  }
}
