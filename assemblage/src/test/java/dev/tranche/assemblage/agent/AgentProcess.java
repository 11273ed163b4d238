package dev.tranche.assemblage.agent;

import dev.tranche.testbed.WorkloadCluster;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * An agent in a process of its own, for one namespace, under the rights of {@code deploy/agent}.
 */
final class AgentProcess implements AutoCloseable {
  // The shell reads from a pipe that the kernel closes when this JVM ends, also when it is killed;
  // then the agent ends too.
  private static final String HOLDER =
      """
      exec 3<&0
      "$@" </dev/null 3<&- &
      child=$!
      { read -r _ <&3; kill -KILL "$child"; } 2>/dev/null >/dev/null &
      exec 3<&-
      echo "$child" >"$PID_FILE.new" && mv "$PID_FILE.new" "$PID_FILE"
      wait "$child"
      """;

  private static final Pattern PORT = Pattern.compile("port=\"(\\d+)\"");

  private final Process holder;
  private final OutputStream pipe;
  private final Path log;
  private final Path pidFile;

  private AgentProcess(Process holder, Path log, Path pidFile) {
    this.holder = holder;
    this.pipe = holder.getOutputStream();
    this.log = log;
    this.pidFile = pidFile;
  }

  /** Starts it and does not wait. */
  static AgentProcess start(WorkloadCluster cluster, String namespace, Path directory)
      throws IOException {
    var kubeconfig = Files.createTempFile(directory, "kubeconfig", ".yaml");
    Files.writeString(kubeconfig, cluster.kubeconfigFor(RunningAgent.USER, RunningAgent.GROUPS));
    var log = Files.createTempFile(directory, "agent", ".log");
    var pidFile = directory.resolve(log.getFileName() + ".pid");
    var command =
        List.of(
            "bash",
            "-c",
            HOLDER,
            "holder",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "--http-address=127.0.0.1:0",
            "--namespace",
            namespace);
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("KUBECONFIG", kubeconfig.toString());
    builder.environment().put("PID_FILE", pidFile.toString());
    return new AgentProcess(builder.start(), log, pidFile);
  }

  /** Waits until it works. */
  AgentProcess awaitStarted() {
    Workload.eventually().until(() -> log().contains(" started"));
    return this;
  }

  /** What it has logged. */
  String log() throws IOException {
    return Files.readString(log);
  }

  /** Asks an endpoint. */
  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    var port = PORT.matcher(log());
    if (!port.find()) {
      throw new IllegalStateException("it does not serve yet");
    }
    try (var client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.group(1) + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  /** Ends it without warning. */
  void kill() throws InterruptedException {
    var process = process();
    process.destroyForcibly();
    holder.waitFor();
  }

  /** Asks it to end, as Kubernetes does. */
  void terminate() {
    process().destroy();
  }

  /** Its exit status, once it has ended in time. */
  int statusWithin(Duration duration) throws InterruptedException {
    if (!holder.waitFor(duration.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("the agent still runs after " + duration);
    }
    return holder.exitValue();
  }

  @Override
  public void close() throws IOException {
    pipe.close();
  }

  private ProcessHandle process() {
    try {
      return ProcessHandle.of(Long.parseLong(Files.readString(pidFile).strip())).orElseThrow();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
