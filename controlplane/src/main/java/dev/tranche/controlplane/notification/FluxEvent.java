package dev.tranche.controlplane.notification;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tranche.crd.v1alpha1.EventSeverity;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.PendingEvent;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An event as Flux's controllers post it: {@code event.toolkit.fluxcd.io/v1beta1}. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
record FluxEvent(
    ObjectReference involvedObject,
    String severity,
    String timestamp,
    String message,
    String reason,
    Map<String, String> metadata,
    String reportingController,
    String reportingInstance) {
  private static final String CONTROLLER = "tranche-controlplane";

  /** notification-controller takes out every key that begins with no group it knows of. */
  private static final String PREFIX = FleetModule.GROUP + "/";

  /** An event about this object. */
  static FluxEvent of(ObjectReference about, PendingEvent event, String instance) {
    var metadata = new TreeMap<String, String>();
    // Without it, what is said again within five minutes is taken for the same event.
    metadata.put(PREFIX + "token", event.id());
    put(metadata, "revision", event.revision());
    put(metadata, "stage", event.stage());
    return new FluxEvent(
        about,
        event.severity() == EventSeverity.ERROR ? "error" : "info",
        Objects.requireNonNullElse(event.at(), Instant.EPOCH)
            .truncatedTo(ChronoUnit.SECONDS)
            .toString(),
        Objects.requireNonNullElse(event.message(), ""),
        Objects.requireNonNullElse(event.reason(), "Unknown"),
        metadata,
        CONTROLLER,
        instance);
  }

  /** How an event names an object. */
  static ObjectReference reference(HasMetadata object) {
    var metadata = object.getMetadata();
    return new ObjectReferenceBuilder()
        .withApiVersion(object.getApiVersion())
        .withKind(object.getKind())
        .withNamespace(metadata.getNamespace())
        .withName(metadata.getName())
        .withUid(metadata.getUid())
        .withResourceVersion(metadata.getResourceVersion())
        .build();
  }

  private static void put(Map<String, String> metadata, String key, @Nullable String value) {
    if (value != null) {
      metadata.put(PREFIX + key, value);
    }
  }
}
