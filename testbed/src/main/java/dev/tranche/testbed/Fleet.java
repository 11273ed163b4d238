package dev.tranche.testbed;

import dev.tranche.testbed.git.GitServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A fleet of real clusters on this machine: a hub with Flux and Cluster API, workload clusters, and
 * a git server. All of it runs as processes beside this JVM and ends with it, however it ends.
 *
 * <pre>{@code
 * try (var fleet = Fleet.start()) {
 *   var alpha = fleet.startCluster("alpha");
 *   var repository = fleet.git().createRepository("podinfo");
 *   repository.commit(Map.of("configmap.yaml", "…"), "Add a ConfigMap");
 *   fleet.hub().client()…
 * }
 * }</pre>
 */
public final class Fleet implements AutoCloseable {
  private final FleetDirectory directory;
  private final Host host;
  private final Program etcd;
  private final GitServer git;
  private final Hub hub;
  private final Consumer<String> progress;
  private final Thread closeOnExit = new Thread(this::end, "close-fleet");
  private final AtomicInteger clustersStarted = new AtomicInteger();
  // Wide, so that hardly any two names have to wait for each other's start.
  private final Map<String, WorkloadCluster> shared = new ConcurrentHashMap<>(1_024);
  private final Set<WorkloadCluster> clusters = new LinkedHashSet<>();
  private boolean closed;

  private Fleet(FleetDirectory directory, Tools tools, Builder options) {
    var port = Ports.free();
    this.directory = directory;
    this.host = new Host(directory, tools, new Clients(), "http://127.0.0.1:" + port);
    this.etcd = etcd(host);
    this.git = GitServer.start(host.folder("git"));
    this.hub = new Hub(host, options.flux, options.clusterApi);
    this.progress = options.progress;
  }

  /** Starts a fleet with Flux and Cluster API and no workload cluster yet. */
  public static Fleet start() {
    return builder().start();
  }

  /** Chooses what the fleet has. */
  public static Builder builder() {
    return new Builder();
  }

  /** The control plane cluster. */
  public Hub hub() {
    return hub;
  }

  /** The git server. */
  public GitServer git() {
    return git;
  }

  /**
   * The workload cluster of this name that all callers share, which is started when it is first
   * asked for. Leave it as it was found; for anything else there is {@link #startCluster}.
   */
  public WorkloadCluster cluster(String name) {
    return shared.computeIfAbsent(name, this::startCluster);
  }

  /**
   * Shared clusters in the order of the names; those that do not run yet start at the same time.
   */
  public List<WorkloadCluster> clusters(Collection<String> names) {
    return Parallel.map(names, this::cluster);
  }

  /**
   * Starts a workload cluster of the caller's own, to be broken or ended at will. Its name need not
   * be unique.
   */
  public WorkloadCluster startCluster(String name) {
    var begin = Instant.now();
    var id = name + "-" + clustersStarted.incrementAndGet();
    var cluster = new WorkloadCluster(host, name, id, this::forget);
    synchronized (clusters) {
      clusters.add(cluster);
    }
    try {
      cluster.start();
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
    tell(cluster + " is ready", begin);
    return cluster;
  }

  /** The workload clusters that run or are stopped for a while, in the order they were started. */
  public List<WorkloadCluster> clusters() {
    synchronized (clusters) {
      return List.copyOf(clusters);
    }
  }

  /**
   * Opens a scope whose end is the end of each cluster that {@link #startCluster} started in it.
   */
  public Scope scope() {
    var before = Set.copyOf(clusters());
    return () -> {
      var added = new ArrayList<>(clusters());
      added.removeAll(before);
      added.removeAll(shared.values());
      added.forEach(WorkloadCluster::close);
    };
  }

  /** The fleet's directory: kubeconfigs lie in a folder for each cluster, logs in {@code logs}. */
  public Path directory() {
    return directory.path();
  }

  /** The logs of all programs. */
  public Path logs() {
    return directory.logs();
  }

  /** Copies the logs of all programs into a folder, which outlives the fleet. */
  public void copyLogs(Path to) {
    try (var logs = Files.list(logs())) {
      Files.createDirectories(to);
      for (var log : (Iterable<Path>) logs::iterator) {
        Files.copy(log, to.resolve(log.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new FleetException("cannot copy the logs to " + to, e);
    }
  }

  /** The {@code kubectl} of the API servers' version. */
  public Path kubectl() {
    return host.tools().path("kubectl");
  }

  /** Ends everything that was started, and deletes the fleet's directory. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(closeOnExit);
    } catch (IllegalStateException e) {
      // The JVM is ending: whoever comes first closes.
    }
    end();
  }

  private synchronized void end() {
    if (closed) {
      return;
    }
    closed = true;
    var programs = new ArrayList<Program>();
    clusters().forEach(cluster -> programs.addAll(cluster.programs()));
    programs.addAll(hub.programs());
    programs.add(etcd);
    programs.forEach(Program::beginKill);
    git.close();
    host.clients().close();
    programs.forEach(Program::awaitEnd);
    directory.close();
  }

  private void bringUp(Builder options) {
    var begin = Instant.now();
    Runtime.getRuntime().addShutdownHook(closeOnExit);
    try {
      etcd.start().awaitReady();
      Parallel.run(
          () -> hub.start(options.manifests, this::tell), () -> clusters(options.clusters));
      tell("the fleet is ready", begin);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void forget(WorkloadCluster cluster) {
    synchronized (clusters) {
      clusters.remove(cluster);
    }
    shared.values().remove(cluster);
  }

  private static Program etcd(Host host) {
    var peer = "http://127.0.0.1:" + Ports.free();
    return host.program(
        "fleet",
        "etcd",
        Probe.http(URI.create(host.etcd() + "/readyz")),
        Map.of(),
        List.of(
            "--data-dir=" + host.folder("etcd"),
            "--listen-client-urls=" + host.etcd(),
            "--advertise-client-urls=" + host.etcd(),
            "--listen-peer-urls=" + peer,
            "--initial-advertise-peer-urls=" + peer,
            "--initial-cluster=default=" + peer,
            "--unsafe-no-fsync=true",
            "--quota-backend-bytes=8589934592",
            "--log-level=warn"));
  }

  private void tell(String event, Instant since) {
    var seconds = Duration.between(since, Instant.now()).toMillis() / 1_000.0;
    progress.accept("%s after %.1f s".formatted(event, seconds));
  }

  /** Ends what was started since it was opened. */
  @FunctionalInterface
  public interface Scope extends AutoCloseable {
    @Override
    void close();
  }

  /** What a fleet has; everything that is not chosen is as {@link Fleet#start} has it. */
  public static final class Builder {
    private boolean flux = true;
    private boolean helm;
    private boolean clusterApi = true;
    private List<Path> manifests = List.of();
    private List<String> clusters = List.of();
    private Consumer<String> progress = message -> {};

    private Builder() {}

    /** Whether Flux's controllers run on the hub; its CRDs are there in any case. */
    public Builder flux(boolean run) {
      flux = run;
      return this;
    }

    /**
     * Whether Flux's helm-controller runs beside its other controllers, on the hub and in workload
     * clusters; without it the kind HelmRelease is not installed.
     */
    public Builder helm(boolean run) {
      helm = run;
      return this;
    }

    /** Whether Cluster API's manager runs on the hub; its CRDs are there in any case. */
    public Builder clusterApi(boolean run) {
      clusterApi = run;
      return this;
    }

    /**
     * What is applied to the hub before its controllers start: files, folders or kustomizations, in
     * no certain order. A relative path begins at the checkout's top folder.
     */
    public Builder manifests(Path... paths) {
      manifests = List.of(paths);
      return this;
    }

    /** Shared workload clusters that are started beside the hub. */
    public Builder clusters(String... names) {
      clusters = List.of(names);
      return this;
    }

    /** Who is told, from any thread, what has been started, and how far a first build is. */
    public Builder progress(Consumer<String> listener) {
      progress = listener;
      return this;
    }

    /**
     * Builds what is missing, which takes minutes on a machine that never did, and starts the
     * fleet.
     */
    public Fleet start() {
      var tools =
          helm
              ? Tools.build(progress, "etcd", "kubernetes", "flux", "cluster-api", "helm")
              : Tools.build(progress);
      var fleet = new Fleet(FleetDirectory.create(), tools, this);
      fleet.bringUp(this);
      return fleet;
    }
  }
}
