package dev.tranche.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One program of the fleet: how it is started, when it is ready, and the process it runs in. */
final class Program {
  private static final Duration READY_WITHIN = Duration.ofMinutes(2);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration STOPS_WITHIN = Duration.ofSeconds(10);
  private static final Duration DIES_WITHIN = Duration.ofSeconds(30);
  private static final int LOG_TAIL = 15;

  private final String name;
  private final List<String> command;
  private final Map<String, String> environment;
  private final Path log;
  private final Probe probe;
  private @Nullable ChildProcess process;

  Program(
      String name, List<String> command, Map<String, String> environment, Path log, Probe probe) {
    this.name = name;
    this.command = List.copyOf(command);
    this.environment = Map.copyOf(environment);
    this.log = log;
    this.probe = probe;
  }

  /** Starts the program, if it does not run, and does not wait for it. */
  synchronized Program start() {
    if (process == null || !process.isAlive()) {
      try {
        Files.createDirectories(log.getParent());
        process = ChildProcess.start(command, environment, log);
      } catch (IOException e) {
        throw new FleetException(name + " could not be started", e);
      }
    }
    return this;
  }

  /** Waits until the program can be used; a program that ends instead is reported at once. */
  Program awaitReady() {
    var deadline = System.nanoTime() + READY_WITHIN.toNanos();
    while (!probe.isReady()) {
      var running = running();
      if (running.endsWithin(POLL)) {
        throw new FleetException(
            "%s ended with status %d before it was ready:%n%s"
                .formatted(name, running.exitStatus(), logTail()));
      }
      if (System.nanoTime() > deadline) {
        throw new FleetException(
            "%s was not ready within %s:%n%s".formatted(name, READY_WITHIN, logTail()));
      }
    }
    return this;
  }

  long pid() {
    return running().pid();
  }

  void hang() {
    running().signal("STOP");
  }

  void resume() {
    running().signal("CONT");
  }

  /** Ends the program at once and returns when it is gone. */
  void kill() {
    beginKill();
    awaitEnd();
  }

  /** First half of {@link #kill}, so that many programs can end at the same time. */
  synchronized void beginKill() {
    if (process != null) {
      process.kill();
    }
  }

  /** Asks the program to end, and ends it when it does not. */
  void stop() {
    var running = running();
    running.signal("TERM");
    if (!running.endsWithin(STOPS_WITHIN)) {
      kill();
    }
  }

  /** Waits until the program is gone after {@link #beginKill}. */
  synchronized void awaitEnd() {
    if (process != null && !process.endsWithin(DIES_WITHIN)) {
      throw new FleetException(name + " (process " + process.pid() + ") does not end");
    }
  }

  private synchronized ChildProcess running() {
    if (process == null) {
      throw new IllegalStateException(name + " was never started");
    }
    return process;
  }

  private String logTail() {
    try {
      var lines = Files.readAllLines(log);
      return String.join(
          System.lineSeparator(),
          lines.subList(Math.max(0, lines.size() - LOG_TAIL), lines.size()));
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }
}
