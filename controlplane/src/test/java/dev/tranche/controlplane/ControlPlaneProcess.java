package dev.tranche.controlplane;

import dev.tranche.testbed.Hub;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A control plane in a process of its own, for one namespace, under the rights of {@code
 * deploy/controlplane}.
 */
final class ControlPlaneProcess implements AutoCloseable {
  // The shell reads from a pipe that the kernel closes when this JVM ends, also when it is killed;
  // then the control plane ends too.
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

  private final Process holder;
  private final OutputStream pipe;
  private final Path log;
  private final Path pidFile;

  private ControlPlaneProcess(Process holder, Path log, Path pidFile) {
    this.holder = holder;
    this.pipe = holder.getOutputStream();
    this.log = log;
    this.pidFile = pidFile;
  }

  /** Starts it, with these options too, and waits until it works. */
  static ControlPlaneProcess start(Hub hub, String namespace, Path directory, String... options)
      throws IOException {
    hub.apply(Path.of("deploy", "controlplane"));
    var kubeconfig = Files.createTempFile(directory, "kubeconfig", ".yaml");
    Files.writeString(
        kubeconfig, hub.kubeconfigFor(RunningControlPlane.USER, RunningControlPlane.GROUPS));
    var log = Files.createTempFile(directory, "controlplane", ".log");
    var pidFile = directory.resolve(log.getFileName() + ".pid");
    var command = new ArrayList<String>();
    command.addAll(
        List.of(
            "bash",
            "-c",
            HOLDER,
            "holder",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "--namespace",
            namespace));
    command.addAll(List.of(options));
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("KUBECONFIG", kubeconfig.toString());
    builder.environment().put("PID_FILE", pidFile.toString());
    var process = new ControlPlaneProcess(builder.start(), log, pidFile);
    TestFleet.eventually().until(() -> process.log().contains("started"));
    return process;
  }

  /** What it has logged. */
  String log() throws IOException {
    return Files.readString(log);
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
      throw new AssertionError("the control plane still runs after " + duration);
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
