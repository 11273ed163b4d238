package dev.tranche.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/**
 * Every request for a resource that an API server has answered, from its own audit log.
 *
 * <pre>{@code
 * var mark = hub.auditLog().mark();
 * …
 * hub.auditLog().since(mark).stream().filter(AuditEvent::isWrite).count();
 * }</pre>
 */
public final class AuditLog {
  // Ended requests only: a watch counts when it ends.
  private static final String POLICY =
      """
      apiVersion: audit.k8s.io/v1
      kind: Policy
      omitStages: [RequestReceived, ResponseStarted]
      rules:
      - level: None
        nonResourceURLs: ["*"]
      - level: Metadata
        omitManagedFields: true
      """;

  private static final String MARKER = "audit-log-marker-";
  private static final Duration WRITTEN_WITHIN = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(10);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final Path policy;
  private final KubernetesClient client;

  AuditLog(Path directory, KubernetesClient client) {
    this.file = directory.resolve("audit.jsonl");
    this.policy = Host.write(directory, "audit-policy.yaml", POLICY);
    this.client = client;
  }

  List<String> flags() {
    return List.of(
        "--audit-policy-file=" + policy, "--audit-log-path=" + file, "--audit-log-maxsize=100000");
  }

  /** The end of the log: behind every request that has been answered by now. */
  public Mark mark() {
    var start = size();
    return new Mark(start + upToNow(start).getBytes(UTF_8).length);
  }

  /** The requests that have been answered between the mark and now, oldest first. */
  public List<AuditEvent> since(Mark mark) {
    return upToNow(mark.position())
        .lines()
        .map(AuditLog::parse)
        .filter(event -> !event.name().startsWith(MARKER))
        .toList();
  }

  // The API server writes the line of a request after its answer. A request of our own comes
  // behind those that have been answered, so they are all there once its line is.
  private String upToNow(long start) {
    var marker = MARKER + UUID.randomUUID();
    client.configMaps().inNamespace("default").withName(marker).get();
    var deadline = System.nanoTime() + WRITTEN_WITHIN.toNanos();
    while (System.nanoTime() < deadline) {
      var lines = completeLines(start);
      if (lines.contains(marker)) {
        return lines;
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
    throw new FleetException("the API server does not write its audit log " + file);
  }

  private String completeLines(long start) {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.position(start);
      var text = new String(Channels.newInputStream(channel).readAllBytes(), UTF_8);
      return text.substring(0, text.lastIndexOf('\n') + 1);
    } catch (IOException e) {
      throw new FleetException("cannot read " + file, e);
    }
  }

  private long size() {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new FleetException("cannot read " + file, e);
    }
  }

  private static AuditEvent parse(String line) {
    try {
      return AuditEvent.parse(JSON.readTree(line));
    } catch (IOException e) {
      throw new FleetException("not an audit event: " + line, e);
    }
  }

  /**
   * A place in an audit log.
   *
   * @param position the offset in the log's file
   */
  public record Mark(long position) {}
}
