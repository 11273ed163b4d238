package dev.tranche.testbed;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A real API server of the fleet, with its own certificate authority and its own part of etcd.
 *
 * <p>Authorization is RBAC. No pods run, and service accounts are not demanded of them; everything
 * else is stored, validated and served as in production.
 */
public abstract sealed class ApiServer permits Hub, WorkloadCluster {
  private final Host host;
  private final String name;
  private final String id;
  private final URI url;
  private final Path directory;
  private final CertificateAuthority authority;
  private final Kubeconfig admin;
  private final Path kubeconfig;
  private final KubernetesClient client;
  private final AuditLog auditLog;
  private final Program server;
  private @Nullable Program controllerManager;
  private @Nullable List<Program> flux;

  /**
   * Prepares an API server without starting it.
   *
   * @param id the name, made unique in the fleet
   */
  ApiServer(Host host, String name, String id) {
    this.host = host;
    this.name = name;
    this.id = id;
    this.directory = host.folder(id);
    var port = Ports.free();
    this.url = URI.create("https://127.0.0.1:" + port);
    this.authority = new CertificateAuthority("tranche-testbed-" + id);
    this.admin = kubeconfigOf("admin", List.of("system:masters"));
    this.kubeconfig = Host.write(directory, "kubeconfig", admin.toYaml());
    this.client = host.clients().open(admin);
    this.auditLog = new AuditLog(directory, client);
    this.server =
        host.program(
            id,
            "kube-apiserver",
            Probe.https(url.resolve("/readyz"), authority.sockets()),
            Map.of(),
            flags(port));
  }

  private List<String> flags(int port) {
    var serving = authority.server();
    var signing = CertificateAuthority.signingKey();
    var flags =
        new ArrayList<>(
            List.of(
                "--etcd-servers=" + host.etcd(),
                "--etcd-prefix=/" + id,
                "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1",
                "--secure-port=" + port,
                "--cert-dir=" + directory,
                "--tls-cert-file=" + Host.write(directory, "server.crt", serving.certificatePem()),
                "--tls-private-key-file=" + Host.write(directory, "server.key", serving.keyPem()),
                "--client-ca-file=" + Host.write(directory, "ca.crt", authority.certificatePem()),
                "--service-account-issuer=" + url,
                "--service-account-key-file="
                    + Host.write(directory, "service-account.pub", signing.publicPem()),
                "--service-account-signing-key-file="
                    + Host.write(directory, "service-account.key", signing.privatePem()),
                "--service-cluster-ip-range=10.0.0.0/24",
                "--endpoint-reconciler-type=none",
                "--authorization-mode=RBAC",
                "--disable-admission-plugins=ServiceAccount",
                // What protects a production server from its users only slows tests down.
                "--enable-priority-and-fairness=false",
                "--max-requests-inflight=0",
                "--max-mutating-requests-inflight=0",
                "--profiling=false",
                "--shutdown-send-retry-after=false"));
    flags.addAll(auditLog.flags());
    return flags;
  }

  void start() {
    server.start().awaitReady();
  }

  /** What people call the cluster. */
  public final String name() {
    return name;
  }

  /** Where the API server is; it stays there when it is restarted. */
  public final URI url() {
    return url;
  }

  /** A file with the administrator's kubeconfig, for {@code kubectl}. */
  public final Path kubeconfig() {
    return kubeconfig;
  }

  /** The administrator's kubeconfig, all of it inline. */
  public final String kubeconfigYaml() {
    return admin.toYaml();
  }

  /**
   * A kubeconfig, all of it inline, of a user that may do what RBAC grants it. A service account is
   * the user {@code system:serviceaccount:NAMESPACE:NAME} in the groups {@code
   * system:serviceaccounts} and {@code system:serviceaccounts:NAMESPACE}.
   *
   * <p>Each call makes a new certificate.
   */
  public final String kubeconfigFor(String user, List<String> groups) {
    return kubeconfigOf(user, groups).toYaml();
  }

  private Kubeconfig kubeconfigOf(String user, List<String> groups) {
    return new Kubeconfig(name, url, authority.certificatePem(), authority.client(user, groups));
  }

  /**
   * An administrator's client, which all callers share and the fleet closes. It ignores fields and
   * enum values that a model does not know.
   */
  public final KubernetesClient client() {
    return client;
  }

  /** What has been asked of this API server. */
  public final AuditLog auditLog() {
    return auditLog;
  }

  /**
   * Applies a YAML file, a folder of them or a kustomization server-side, as the administrator and
   * by force, and returns when the CRDs among it are served. A relative path begins at the
   * checkout's top folder.
   */
  public void apply(Path manifests) {
    applied(manifests);
  }

  /** As {@link #apply}; says whether there were CRDs. */
  final boolean applied(Path manifests) {
    return new Kubectl(host.tools().path("kubectl"), kubeconfig, host.folder("tmp/kubectl-" + id))
        .apply(Checkout.root().resolve(manifests));
  }

  /**
   * Starts kube-controller-manager beside this API server, which collects what has lost its owner,
   * empties deleted namespaces, makes service accounts and fills aggregated ClusterRoles. Does
   * nothing where it runs already.
   */
  public final void startControllerManager() {
    synchronized (this) {
      if (controllerManager == null) {
        controllerManager =
            host.program(
                id,
                "kube-controller-manager",
                Probe.RUNNING,
                Map.of(),
                List.of(
                    "--kubeconfig=" + kubeconfig,
                    "--controllers=namespace,garbagecollector,serviceaccount,serviceaccount-token,clusterrole-aggregation",
                    "--service-account-private-key-file="
                        + directory.resolve("service-account.key"),
                    "--root-ca-file=" + directory.resolve("ca.crt"),
                    "--leader-elect=false",
                    "--secure-port=0",
                    "--kube-api-qps=500",
                    "--kube-api-burst=1000"));
      }
      controllerManager.start();
    }
  }

  /** Lets kube-controller-manager, where it runs, look at once for the kinds that there are. */
  final synchronized void restartControllerManager() {
    if (controllerManager != null) {
      controllerManager.kill();
      controllerManager.start();
    }
  }

  /** The folder with Flux's CRDs, in the version of its controllers. */
  public final Path fluxCrds() {
    return host.tools().path("flux-crds");
  }

  /** The folders with the CRDs of those of Flux's controllers that the fleet has. */
  final List<Path> allFluxCrds() {
    return hasHelm() ? List.of(fluxCrds(), host.tools().path("helm-crds")) : List.of(fluxCrds());
  }

  private boolean hasHelm() {
    return host.tools().has("helm-controller");
  }

  /** Those of Flux's controllers for this cluster that the fleet has, which need not run yet. */
  final synchronized List<Program> flux() {
    if (flux == null) {
      var artifacts = "127.0.0.1:" + Ports.free();
      var controllers = new ArrayList<Program>();
      controllers.add(
          fluxController(
              "source-controller",
              List.of(
                  "--storage-path=" + host.folder(id + "/artifacts"),
                  "--storage-addr=" + artifacts,
                  "--storage-adv-addr=" + artifacts,
                  "--concurrent=4")));
      controllers.add(fluxController("kustomize-controller", List.of("--concurrent=10")));
      if (hasHelm()) {
        controllers.add(fluxController("helm-controller", List.of("--concurrent=10")));
      }
      flux = List.copyOf(controllers);
    }
    return flux;
  }

  private Program fluxController(String program, List<String> ownFlags) {
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
    return host.program(
        id,
        program,
        Probe.http(URI.create("http://" + health + "/readyz")),
        Map.of("KUBECONFIG", kubeconfig.toString()),
        flags);
  }

  /** Stops Flux's processes where they are: the cluster serves, and nothing is applied. */
  public final void hangFlux() {
    flux().forEach(Program::hang);
  }

  /** Ends {@link #hangFlux}. */
  public final void resumeFlux() {
    flux().forEach(Program::resume);
  }

  /** Ends Flux's processes without warning and starts them again. */
  public final void restartFlux() {
    flux().forEach(Program::kill);
    flux().forEach(Program::start);
    flux().forEach(Program::awaitReady);
  }

  /** Stops the process where it is: connections are accepted, and nothing is ever answered. */
  public final void hang() {
    server.hang();
  }

  /** Ends {@link #hang}. */
  public final void resume() {
    server.resume();
  }

  /** Ends the process without warning: connections are refused, what was stored stays stored. */
  public final void kill() {
    server.kill();
  }

  /** Lets the process end as it would when its machine is shut down. */
  public final void stop() {
    server.stop();
  }

  /**
   * Starts the process again, at the same address and with its data, and waits until it is ready.
   */
  public final void restart() {
    server.kill();
    start();
  }

  /** The process of the API server. */
  public final long pid() {
    return server.pid();
  }

  /** The programs that belong to this cluster. */
  List<Program> programs() {
    var programs = new ArrayList<Program>();
    programs.add(server);
    synchronized (this) {
      if (controllerManager != null) {
        programs.add(controllerManager);
      }
      if (flux != null) {
        programs.addAll(flux);
      }
    }
    return programs;
  }

  final Host host() {
    return host;
  }

  @Override
  public final String toString() {
    return name + " (" + url + ")";
  }
}
