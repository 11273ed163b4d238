package dev.tranche.assemblage.agent;

import dev.tranche.assemblage.kube.ClientConfig;
import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.assemblage.kube.RequiredKinds;
import dev.tranche.assemblage.process.HttpEndpoints;
import dev.tranche.assemblage.process.HttpEndpoints.Probe;
import dev.tranche.assemblage.process.LogFormat;
import dev.tranche.crd.LenientSerialization;
import dev.tranche.crd.v1alpha1.FleetModule;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the agent until it is told to stop. */
@Command(
    name = "agent",
    mixinStandardHelpOptions = true,
    version = "Tranche " + FleetModule.VERSION,
    description =
        "Has Flux apply the Assemblages of a cluster. Works on the cluster of $KUBECONFIG, or on the one it runs in.",
    sortOptions = false)
public final class Main implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(Main.class);

  private static final Duration TERMINATION = Duration.ofSeconds(20);

  private static final String OURS =
      "apply the CRD of Assemblages: kubectl apply --server-side -f deploy/crds/assemblages.fleet.tranche.dev.yaml";
  private static final String FLUX = "install Flux with source-controller and kustomize-controller";

  private static final List<RequiredKinds.Required> KINDS =
      List.of(
          new RequiredKinds.Required(
              "assemblages", List.of(FleetModule.GROUP + "/" + FleetModule.VERSION), OURS),
          new RequiredKinds.Required(
              "gitrepositories", List.of("source.toolkit.fluxcd.io/v1"), FLUX),
          new RequiredKinds.Required(
              "kustomizations", List.of("kustomize.toolkit.fluxcd.io/v1"), FLUX));

  @Option(
      names = "--namespace",
      paramLabel = "NAMESPACE",
      description =
          "Look after this namespace alone; can be given more than once. Default: all namespaces.")
  private Set<String> namespaces = new LinkedHashSet<>();

  @Option(
      names = "--http-address",
      paramLabel = "HOST:PORT",
      description =
          "Serve /livez and /readyz there; :8080 means all addresses. Default: off, in a cluster :8080.")
  private @Nullable String httpAddress;

  @Option(
      names = "--log-format",
      paramLabel = "text|json",
      description = "How log lines look. Default: text, in a cluster json.")
  private @Nullable LogFormat logFormat;

  private final CountDownLatch stopping = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);
  private volatile boolean running;
  private volatile Probe ready = new Probe(false, "starting");

  /**
   * Runs it.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    var main = new Main();
    var commandLine = new CommandLine(main).setCaseInsensitiveEnumValuesAllowed(true);
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(main::stop));
    int status = commandLine.execute(args);
    main.running = false;
    main.finished.countDown();
    System.exit(status);
  }

  /** Stops in order when the process is told to end; that somebody asked for it is no failure. */
  private void stop() {
    if (!running) {
      return;
    }
    stopping.countDown();
    try {
      if (finished.await(TERMINATION.toSeconds(), TimeUnit.SECONDS)) {
        Runtime.getRuntime().halt(CommandLine.ExitCode.OK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    running = true;
    boolean inCluster = System.getenv("KUBERNETES_SERVICE_HOST") != null;
    Objects.requireNonNullElse(logFormat, inCluster ? LogFormat.JSON : LogFormat.TEXT).use();
    var address = httpAddress == null && inCluster ? ":8080" : httpAddress;
    try (var http =
            address == null
                ? null
                : HttpEndpoints.start(
                    HttpEndpoints.address(address), () -> new Probe(true, "ok"), () -> ready);
        var client = client()) {
      if (http != null) {
        log.atInfo().addKeyValue("port", http.port()).log("serving http");
      }
      if (RequiredKinds.await(client, KINDS, stopping, what -> ready = new Probe(false, what))) {
        run(client);
      }
      return CommandLine.ExitCode.OK;
    } catch (ClientConfig.ApiServerNotKnownException e) {
      System.err.println("agent: " + e.getMessage());
      return CommandLine.ExitCode.USAGE;
    } catch (KubernetesClientException e) {
      System.err.println("agent: the API server cannot be used: " + rootMessage(e));
      return CommandLine.ExitCode.SOFTWARE;
    } catch (IOException | IllegalArgumentException e) {
      System.err.println("agent: --http-address %s: %s".formatted(address, e.getMessage()));
      return CommandLine.ExitCode.USAGE;
    }
  }

  private void run(KubernetesClient client) throws InterruptedException {
    try (var agent = new Agent(client, new Namespaces(namespaces))) {
      ready = new Probe(false, "reading what there is");
      agent.start(stopping);
      ready = new Probe(agent.started(), "ok");
      stopping.await();
      ready = new Probe(false, "stopping");
    }
    log.info("stopped");
  }

  private static KubernetesClient client() {
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder(ClientConfig.find("the cluster"))
                .withRequestRetryBackoffLimit(3)
                .build())
        .withKubernetesSerialization(LenientSerialization.create())
        .build();
  }

  private static String rootMessage(Throwable problem) {
    var cause = problem;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause instanceof IOException
        ? cause.toString()
        : Objects.requireNonNullElse(cause.getMessage(), cause.toString());
  }
}
