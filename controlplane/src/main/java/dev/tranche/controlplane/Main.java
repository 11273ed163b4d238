package dev.tranche.controlplane;

import dev.tranche.assemblage.kube.ClientConfig;
import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.kube.RequiredKinds;
import dev.tranche.assemblage.process.HttpEndpoints;
import dev.tranche.assemblage.process.HttpEndpoints.Probe;
import dev.tranche.assemblage.process.LogFormat;
import dev.tranche.controlplane.applied.AppliedEndpoint;
import dev.tranche.controlplane.module.MarkerSettings;
import dev.tranche.controlplane.notification.Outbox;
import dev.tranche.crd.LenientSerialization;
import dev.tranche.crd.v1alpha1.FleetModule;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
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

/** Runs the control plane until it is told to stop. */
@Command(
    name = "controlplane",
    mixinStandardHelpOptions = true,
    version = "Tranche " + FleetModule.VERSION,
    description =
        "Brings Modules to the clusters of a fleet. Works on the cluster of $KUBECONFIG, or on the one it runs in.",
    sortOptions = false)
public final class Main implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(Main.class);

  private static final Duration TERMINATION = Duration.ofSeconds(20);
  private static final Duration LEADER_POLL = Duration.ofMillis(200);

  private static final String OURS =
      "apply the CRDs of Tranche: kubectl apply --server-side -f deploy/crds";
  private static final String CLUSTER_API =
      "install Cluster API (at least its Cluster CRD, v1beta2 or v1beta1)";
  private static final String FLUX = "install Flux with source-controller and kustomize-controller";

  private static final List<RequiredKinds.Required> KINDS =
      List.of(
          new RequiredKinds.Required(
              "modules", List.of(FleetModule.GROUP + "/" + FleetModule.VERSION), OURS),
          new RequiredKinds.Required(
              "bootstrapmodules", List.of(FleetModule.GROUP + "/" + FleetModule.VERSION), OURS),
          new RequiredKinds.Required(
              "remoteassemblages", List.of(FleetModule.GROUP + "/" + FleetModule.VERSION), OURS),
          new RequiredKinds.Required(
              "proxyassemblages", List.of(FleetModule.GROUP + "/" + FleetModule.VERSION), OURS),
          new RequiredKinds.Required(
              "clusters",
              List.of("cluster.x-k8s.io/v1beta2", "cluster.x-k8s.io/v1beta1"),
              CLUSTER_API),
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
      names = "--unreachable-after",
      paramLabel = "DURATION",
      converter = DurationOption.class,
      description =
          "How long a cluster may not be heard of before it counts as unreachable, such as 30s or 2m; not less than 5s. It is asked twice within that time. Default: 30s.")
  private Duration unreachableAfter = Duration.ofSeconds(30);

  @Option(
      names = "--concurrent",
      paramLabel = "N",
      converter = CountOption.class,
      description =
          "How many modules and assemblages are looked after at a time. More hide the distance to an API server that answers late, and cost one that is busy more writes. Default: 4.")
  private int concurrent = ControlPlane.CONCURRENT;

  @Option(
      names = "--http-address",
      paramLabel = "HOST:PORT",
      description =
          "Serve /livez, /readyz, /metrics and /v1/modules/NAMESPACE/NAME/applied there; :8080 means all addresses. Default: off, in a cluster :8080.")
  private @Nullable String httpAddress;

  @Option(
      names = "--sync-state",
      paramLabel = "native|git",
      description =
          "Where it is kept how far a module was applied everywhere: native, in an annotation of the Secret with its source's credentials, or git, in the tag tranche/NAMESPACE/MODULE of its repository. Default: native.")
  private MarkerSettings.SyncState syncState = MarkerSettings.SyncState.NATIVE;

  @Option(
      names = "--git-readonly",
      description =
          "Write to no git repository. With --sync-state=git the markers are kept in the status of the modules alone, which says so.")
  private boolean gitReadOnly;

  @Option(
      names = "--events-addr",
      paramLabel = "URL",
      converter = ReceiverOption.class,
      description =
          "Post what happens to modules there as Flux's controllers post their events, such as http://notification-controller.flux-system.svc.cluster.local./. Default: off.")
  private @Nullable URI eventsAddr;

  @Option(
      names = "--flux-events-address",
      paramLabel = "HOST:PORT",
      converter = AddressOption.class,
      description =
          "Take events there that Flux's controllers post, or that notification-controller forwards with a Provider of type generic, and read again what they are about. Default: off.")
  private @Nullable InetSocketAddress fluxEventsAddress;

  @Option(
      names = "--leader-elect",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "Work only while holding the Lease tranche-controlplane in the own namespace. Default: false, in a cluster true.")
  private @Nullable Boolean leaderElect;

  @Option(
      names = "--log-format",
      paramLabel = "text|json",
      description = "How log lines look. Default: text, in a cluster json.")
  private @Nullable LogFormat logFormat;

  private final AppliedEndpoint applied = new AppliedEndpoint();
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);
  private volatile boolean running;
  private volatile Probe ready = new Probe(false, "starting");
  private volatile int status;

  /**
   * Runs it.
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    // Whoever sends a request slower than that is cut off; the JDK has no other way to say it.
    System.setProperty("sun.net.httpserver.maxReqTime", "30");
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
        Runtime.getRuntime().halt(status);
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
    var metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    var instance = instance();
    bindProcess(metrics);
    try (var http =
            address == null
                ? null
                : HttpEndpoints.start(
                        HttpEndpoints.address(address), () -> new Probe(true, "ok"), () -> ready)
                    .withMetrics(metrics::scrape)
                    .with(AppliedEndpoint.PATH, applied);
        var client = client()) {
      if (http != null) {
        log.atInfo().addKeyValue("port", http.port()).log("serving http");
      }
      RequiredKinds.await(client, KINDS, stopping, what -> ready = new Probe(false, what));
      if (Objects.requireNonNullElse(leaderElect, inCluster)) {
        try (var leadership = lead(client, instance)) {
          if (leadership.acquired().getCount() == 0) {
            run(client, metrics, instance);
          }
        }
      } else {
        run(client, metrics, instance);
      }
      return status;
    } catch (ClientConfig.ApiServerNotKnownException e) {
      System.err.println("controlplane: " + e.getMessage());
      return CommandLine.ExitCode.USAGE;
    } catch (KubernetesClientException e) {
      System.err.println("controlplane: the API server cannot be used: " + rootMessage(e));
      return CommandLine.ExitCode.SOFTWARE;
    } catch (IOException | IllegalArgumentException e) {
      System.err.println("controlplane: --http-address %s: %s".formatted(address, e.getMessage()));
      return CommandLine.ExitCode.USAGE;
    }
  }

  private void run(KubernetesClient client, PrometheusMeterRegistry metrics, String instance)
      throws InterruptedException {
    if (stopping.getCount() == 0) {
      return;
    }
    try (var controlPlane =
        new ControlPlane(
            client,
            new Namespaces(namespaces),
            unreachableAfter,
            concurrent,
            eventsAddr == null ? Outbox.closed() : Outbox.to(eventsAddr, instance),
            new MarkerSettings(syncState, gitReadOnly),
            metrics,
            instance)) {
      ready = new Probe(false, "reading what there is");
      controlPlane.start(stopping);
      if (fluxEventsAddress != null && controlPlane.started()) {
        log.atInfo()
            .addKeyValue("port", controlPlane.listenForFluxEvents(fluxEventsAddress))
            .log("taking events of flux");
      }
      if (controlPlane.started()) {
        applied.open(client, controlPlane.answers());
      }
      ready = new Probe(controlPlane.started(), "ok");
      stopping.await();
      ready = new Probe(false, "stopping");
      applied.close();
    } catch (IOException e) {
      System.err.println(
          "controlplane: --flux-events-address %s: %s"
              .formatted(fluxEventsAddress, e.getMessage()));
      status = CommandLine.ExitCode.USAGE;
    }
    log.info("stopped");
  }

  /** Waits for the Lease; a standby is ready, since it has nothing to do. */
  private Leadership lead(KubernetesClient client, String instance) throws InterruptedException {
    var namespace = Objects.requireNonNullElse(client.getNamespace(), "default");
    var leadership =
        new Leadership(
            client,
            new ObjectKey(namespace, "tranche-controlplane"),
            instance,
            () -> {
              if (stopping.getCount() > 0) {
                log.error("the lease was lost, ending");
                status = CommandLine.ExitCode.SOFTWARE;
                stopping.countDown();
              }
            });
    ready = new Probe(true, "standby");
    log.atInfo().addKeyValue("instance", instance).log("waiting for the lease");
    while (!leadership.acquired().await(LEADER_POLL.toMillis(), TimeUnit.MILLISECONDS)) {
      if (stopping.getCount() == 0) {
        break;
      }
    }
    return leadership;
  }

  private static KubernetesClient client() {
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder(ClientConfig.find("the hub")).withRequestRetryBackoffLimit(3).build())
        .withKubernetesSerialization(LenientSerialization.create())
        .build();
  }

  private static String instance() {
    var name = System.getenv("POD_NAME");
    if (name != null) {
      return name;
    }
    try {
      return InetAddress.getLocalHost().getHostName() + "-" + ProcessHandle.current().pid();
    } catch (UnknownHostException e) {
      return "controlplane-" + ProcessHandle.current().pid();
    }
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

  private static void bindProcess(PrometheusMeterRegistry registry) {
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
  }
}
