package dev.tranche.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program that never outlives this JVM, however that ends.
 *
 * <p>A small shell holds the program and reads from a pipe whose other end is ours: a line on it is
 * a signal to pass on, which the shell repeats when it has, and its end is the end of the program.
 * The kernel closes the pipe also when this JVM is killed.
 */
public final class ChildProcess {
  // Job control gives the program a process group of its own, so that Ctrl-C reaches this JVM
  // alone, which then ends its programs in order. It is off again before `wait`, which would
  // otherwise return when the program is merely stopped. The shell itself ends with the program
  // only: a signal to the whole group must not part the two.
  private static final String HOLDER =
      """
      trap '' INT HUP
      exec 3<&0
      log=$1
      shift
      set -m
      "$@" </dev/null >>"$log" 2>&1 3<&- &
      child=$!
      set +m
      trap '' TERM
      {
        while read -r signal <&3; do kill -"$signal" "$child"; echo "$signal"; done
        kill -KILL "$child"
      } 2>/dev/null &
      reader=$!
      exec 3<&-
      echo "$child"
      wait "$child" 2>/dev/null
      status=$?
      kill "$reader" 2>/dev/null
      exit "$status"
      """;

  private final Process holder;
  private final OutputStream signals;
  private final BufferedReader answers;
  private final long pid;

  private ChildProcess(Process holder) throws IOException {
    this.holder = holder;
    this.signals = holder.getOutputStream();
    this.answers = new BufferedReader(new InputStreamReader(holder.getInputStream(), UTF_8));
    var firstLine = answers.readLine();
    if (firstLine == null) {
      throw new IOException("the shell that holds it ended at once");
    }
    this.pid = Long.parseLong(firstLine.strip());
  }

  /**
   * Starts a program.
   *
   * @param environment what it finds there beside {@code PATH}
   * @param log where its output and errors go
   */
  public static ChildProcess start(List<String> command, Map<String, String> environment, Path log)
      throws IOException {
    var held = new ArrayList<>(List.of("bash", "-c", HOLDER, "holder", log.toString()));
    held.addAll(command);
    var builder = new ProcessBuilder(held).redirectError(ProcessBuilder.Redirect.DISCARD);
    // A proxy or a KUBECONFIG of the person who runs this must not reach the programs.
    var path =
        System.getenv().getOrDefault("PATH", String.join(File.pathSeparator, "/usr/bin", "/bin"));
    builder.environment().clear();
    builder.environment().put("PATH", path);
    builder.environment().putAll(environment);
    return new ChildProcess(builder.start());
  }

  /** The id of the program's process. */
  public long pid() {
    return pid;
  }

  /** Whether the program runs. */
  public boolean isAlive() {
    return holder.isAlive();
  }

  /** Waits at most so long for the program to end, and says whether it has. */
  public boolean endsWithin(Duration duration) {
    try {
      return holder.waitFor(duration.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FleetException("interrupted", e);
    }
  }

  /** The status with which the program ended; call it once it has. */
  public int exitStatus() {
    return holder.exitValue();
  }

  /** Sends a signal such as {@code TERM}; a program that has ended does not mind. */
  public synchronized void signal(String name) {
    try {
      signals.write((name + "\n").getBytes(UTF_8));
      signals.flush();
      answers.readLine();
    } catch (IOException e) {
      if (isAlive()) {
        throw new FleetException("cannot signal process " + pid, e);
      }
    }
  }

  /** Ends the program without asking it; {@link #endsWithin} tells when it is gone. */
  public void kill() {
    try {
      signals.close();
    } catch (IOException e) {
      if (isAlive()) {
        throw new FleetException("cannot end process " + pid, e);
      }
    }
  }
}
