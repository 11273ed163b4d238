package dev.tranche.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A main class of this JVM's class path that runs in a process of its own, for one cluster. */
public final class JavaProgram implements AutoCloseable {
  private final ChildProcess process;
  private final Path log;

  private JavaProgram(ChildProcess process, Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * Starts it and does not wait.
   *
   * @param directory where its kubeconfig and its log go
   * @param kubeconfig the content of the file that it finds as {@code KUBECONFIG}
   */
  public static JavaProgram start(
      String mainClass, List<String> arguments, Path directory, String kubeconfig) {
    try {
      var file = Files.createTempFile(directory, "kubeconfig", ".yaml");
      Files.writeString(file, kubeconfig);
      var log = Files.createTempFile(directory, "program", ".log");
      var command = new ArrayList<String>();
      command.addAll(
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-cp",
              System.getProperty("java.class.path"),
              mainClass));
      command.addAll(arguments);
      return new JavaProgram(
          ChildProcess.start(command, Map.of("KUBECONFIG", file.toString()), log), log);
    } catch (IOException e) {
      throw new UncheckedIOException(mainClass + " could not be started", e);
    }
  }

  /** What it has written to its output and errors. */
  public String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends it without warning and returns when it is gone. */
  public void kill() {
    process.signal("KILL");
    statusWithin(Duration.ofSeconds(30));
  }

  /** Asks it to end, as Kubernetes does. */
  public void terminate() {
    process.signal("TERM");
  }

  /**
   * Its exit status.
   *
   * @throws FleetException where it has not ended in time
   */
  public int statusWithin(Duration duration) {
    if (!process.endsWithin(duration)) {
      throw new FleetException("process " + process.pid() + " still runs after " + duration);
    }
    return process.exitStatus();
  }

  /** Ends it without asking. */
  @Override
  public void close() {
    process.kill();
  }
}
