package dev.tranche.testbed;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.Set;

/**
 * One request that an API server has answered. What a request has none of is an empty string.
 *
 * @param verb {@code get}, {@code list}, {@code watch}, {@code create}, {@code update}, {@code
 *     patch}, {@code delete} or {@code deletecollection}
 * @param user who asked
 * @param userAgent what program says it asked
 * @param apiGroup the group of the resource; empty for the core group
 * @param resource the plural name of the resource
 * @param subresource such as {@code status}
 * @param namespace the namespace
 * @param name the object; empty also when it was created with a generated name
 * @param code the HTTP status of the answer
 * @param time when the request came
 */
public record AuditEvent(
    String verb,
    String user,
    String userAgent,
    String apiGroup,
    String resource,
    String subresource,
    String namespace,
    String name,
    int code,
    Instant time) {
  private static final Set<String> READS = Set.of("get", "list", "watch");

  /** Whether the request asked for a change, successfully or not. */
  public boolean isWrite() {
    return !READS.contains(verb);
  }

  static AuditEvent parse(JsonNode event) {
    var object = event.path("objectRef");
    return new AuditEvent(
        event.path("verb").asText(),
        event.path("user").path("username").asText(),
        event.path("userAgent").asText(),
        object.path("apiGroup").asText(),
        object.path("resource").asText(),
        object.path("subresource").asText(),
        object.path("namespace").asText(),
        object.path("name").asText(),
        event.path("responseStatus").path("code").asInt(),
        Instant.parse(event.path("requestReceivedTimestamp").asText()));
  }
}
