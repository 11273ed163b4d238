package dev.tranche.controlplane.module;

import dev.tranche.assemblage.kube.Events;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.status.Sentences;
import dev.tranche.controlplane.notification.Outbox;
import dev.tranche.crd.v1alpha1.EventSeverity;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.ModuleStatus;
import dev.tranche.crd.v1alpha1.PendingEvent;
import dev.tranche.crd.v1alpha1.SyncMarker;
import dev.tranche.rollout.RolloutPlan;
import dev.tranche.rollout.RolloutStep;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells what happens to modules: in the log, as Kubernetes events, and through the outbox. */
final class Announcements {
  private static final Logger log = LoggerFactory.getLogger(Announcements.class);

  /** The reason of the event that tells how far a module was applied everywhere. */
  private static final String SYNC_MARKER = "AppliedEverywhere";

  private final Events events;
  private final Outbox outbox;
  private final Clock clock;

  Announcements(Events events, Outbox outbox, Clock clock) {
    this.events = events;
    this.outbox = outbox;
    this.clock = clock;
  }

  /**
   * The events that the status of a module is to keep until they have arrived.
   *
   * @param version that the steps are about, as a person says it
   * @param steps that the same status records
   * @param marker that the same status records; null where there is none
   */
  List<PendingEvent> pending(
      FleetModule module, String version, List<RolloutStep> steps, @Nullable SyncMarker marker) {
    return outbox.pending(
        module,
        Stream.concat(
                steps.stream()
                    .map(step ->
                        event(
                            version,
                            type(step.kind()),
                            step.kind().word(),
                            message(version, step),
                            step.stage())),
                Stream.ofNullable(marker)
                    .filter(now -> isMoved(module.getStatus(), now))
                    .map(
                        now -> event(version, Events.Type.NORMAL, SYNC_MARKER, message(now), null)))
            .toList());
  }

  /** Tells that the sync marker was moved, once that is recorded. */
  void marker(FleetModule module, @Nullable ModuleStatus before, @Nullable SyncMarker now) {
    if (now != null && isMoved(before, now)) {
      log.atInfo()
          .addKeyValue("kind", module.getKind())
          .addKeyValue("module", ObjectKey.of(module))
          .log(message(now));
      events.emit(module, Events.Type.NORMAL, SYNC_MARKER, "Mark", message(now));
    }
  }

  private static boolean isMoved(@Nullable ModuleStatus before, SyncMarker now) {
    return before == null
        || before.marker() == null
        || !before.marker().revision().equals(now.revision());
  }

  private static String message(SyncMarker marker) {
    return "%s is applied everywhere"
        .formatted(
            marker.tag() == null
                ? marker.revision()
                : "%s (%s)".formatted(marker.tag(), marker.revision()));
  }

  /** Posts what the status of a module keeps. */
  void handOver(FleetModule module) {
    outbox.handOver(module);
  }

  /** Keeps nothing any longer of a module that is gone. */
  void forget(FleetModule module) {
    outbox.forget(module);
  }

  /** Tells of the steps of a plan, once they are recorded. */
  void steps(FleetModule module, RolloutPlan plan) {
    plan.steps()
        .forEach(step -> {
          var message = message(version(module), step);
          log.atInfo()
              .addKeyValue("kind", module.getKind())
              .addKeyValue("module", ObjectKey.of(module))
              .addKeyValue("revision", plan.progress().revision())
              .addKeyValue("step", step.kind().word())
              .log(message);
          events.emit(module, type(step.kind()), step.kind().word(), "Rollout", message);
        });
  }

  /** Tells of the Ready condition where that turned. */
  void ready(FleetModule module, @Nullable Condition before, Condition after) {
    if (before != null
        && before.getReason().equals(after.getReason())
        && before.getStatus().equals(after.getStatus())) {
      return;
    }
    log.atInfo()
        .addKeyValue("kind", module.getKind())
        .addKeyValue("module", ObjectKey.of(module))
        .addKeyValue("ready", after.getStatus())
        .addKeyValue("reason", after.getReason())
        .log(after.getMessage());
    var type =
        "True".equals(after.getStatus()) || ModuleStatuses.isOrdinary(after.getReason())
            ? Events.Type.NORMAL
            : Events.Type.WARNING;
    events.emit(module, type, after.getReason(), "Reconcile", after.getMessage());
    outbox.tell(module, event(version(module), type, after.getReason(), after.getMessage(), null));
  }

  /** Tells of the TagMoved condition where that says something new. */
  void movedTag(FleetModule module, @Nullable Condition before, @Nullable Condition after) {
    if (after == null || (before != null && before.getMessage().equals(after.getMessage()))) {
      return;
    }
    log.atWarn()
        .addKeyValue("kind", module.getKind())
        .addKeyValue("module", ObjectKey.of(module))
        .log(after.getMessage());
    events.emit(module, Events.Type.WARNING, after.getReason(), "Resolve", after.getMessage());
    outbox.tell(
        module,
        event(version(module), Events.Type.WARNING, after.getReason(), after.getMessage(), null));
  }

  private PendingEvent event(
      String version, Events.Type type, String reason, String message, @Nullable String stage) {
    return new PendingEvent(
        UUID.randomUUID().toString(),
        clock.instant().truncatedTo(ChronoUnit.MILLIS),
        switch (type) {
          case NORMAL -> EventSeverity.INFO;
          case WARNING -> EventSeverity.ERROR;
        },
        reason,
        Sentences.bounded(message),
        version,
        stage);
  }

  private static Events.Type type(RolloutStep.Kind step) {
    return switch (step) {
      case HALTED, ROLLING_BACK, ROLLED_BACK -> Events.Type.WARNING;
      case STARTED, RESUMED, STAGE_BEGUN, STAGE_PASSED, COMPLETED -> Events.Type.NORMAL;
    };
  }

  private static String message(String version, RolloutStep step) {
    return version + ": " + step.message();
  }

  /** By the status that was written last. */
  private static String version(FleetModule module) {
    var status = module.getStatus();
    return status == null || status.version() == null
        ? module.getSpec().sync().source().version()
        : status.version();
  }
}
