package dev.tranche.benchmarks;

import dev.tranche.testbed.AuditEvent;
import dev.tranche.testbed.AuditLog;
import dev.tranche.testbed.Hub;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What the control plane asked to be changed, from the audit log; the lease aside. */
record Writes(List<AuditEvent> events) {
  static Writes since(Hub hub, AuditLog.Mark mark) {
    return new Writes(
        hub.auditLog().since(mark).stream()
            .filter(event -> event.user().equals(ControlPlaneProcess.USER))
            .filter(AuditEvent::isWrite)
            .filter(event -> !event.resource().equals("leases"))
            .toList());
  }

  int count() {
    return events.size();
  }

  /** Those of objects of a kind, not of their status. */
  Writes of(String... resources) {
    return where(
        event -> List.of(resources).contains(event.resource()) && event.subresource().isEmpty());
  }

  /** Those of one kind of object, or of its status where that is named behind a slash. */
  Writes exactly(String resource) {
    return where(event -> resource(event).equals(resource));
  }

  private Writes where(Predicate<AuditEvent> condition) {
    return new Writes(events.stream().filter(condition).toList());
  }

  Instant last() {
    return events.stream()
        .map(AuditEvent::time)
        .max(Comparator.naturalOrder())
        .orElseThrow(() -> new BenchmarkException("nothing was written"));
  }

  /** Such as {@code remoteassemblages 1.00, remoteassemblages/status 1.02}. */
  String perAssignment(int assignments) {
    Map<String, Long> counts =
        events.stream()
            .collect(Collectors.groupingBy(Writes::resource, TreeMap::new, Collectors.counting()));
    return counts.entrySet().stream()
        .map(count -> "%s %.2f".formatted(count.getKey(), count.getValue() / (double) assignments))
        .collect(Collectors.joining(", "));
  }

  /** The kind of object, or its status behind a slash, and whether it was refused. */
  static String resource(AuditEvent event) {
    var resource =
        event.subresource().isEmpty()
            ? event.resource()
            : event.resource() + "/" + event.subresource();
    return event.code() < 400 ? resource : resource + " refused";
  }
}
