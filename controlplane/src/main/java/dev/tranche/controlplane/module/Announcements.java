package dev.tranche.controlplane.module;

import dev.tranche.assemblage.kube.Events;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.notification.Outbox;
import dev.tranche.crd.v1alpha1.EventSeverity;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.PendingEvent;
import dev.tranche.rollout.RolloutPlan;
import dev.tranche.rollout.RolloutStep;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells what happens to modules: in the log, as Kubernetes events, and through the outbox. */
final class Announcements {
  private static final Logger log = LoggerFactory.getLogger(Announcements.class);

  private static final int MESSAGE_LIMIT = 1024;

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
   * @param steps that the same status records
   */
  List<PendingEvent> pending(FleetModule module, List<RolloutStep> steps) {
    return outbox.pending(
        module,
        steps.stream()
            .map(step ->
                event(
                    module,
                    type(step.kind()),
                    step.kind().word(),
                    message(module, step),
                    step.stage()))
            .toList());
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
          var message = message(module, step);
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
    outbox.tell(module, event(module, type, after.getReason(), after.getMessage(), null));
  }

  private PendingEvent event(
      FleetModule module, Events.Type type, String reason, String message, @Nullable String stage) {
    return new PendingEvent(
        UUID.randomUUID().toString(),
        clock.instant().truncatedTo(ChronoUnit.MILLIS),
        switch (type) {
          case NORMAL -> EventSeverity.INFO;
          case WARNING -> EventSeverity.ERROR;
        },
        reason,
        message.length() <= MESSAGE_LIMIT ? message : message.substring(0, MESSAGE_LIMIT - 1) + "…",
        ModuleStatuses.version(module),
        stage);
  }

  private static Events.Type type(RolloutStep.Kind step) {
    return switch (step) {
      case HALTED, ROLLING_BACK, ROLLED_BACK -> Events.Type.WARNING;
      case STARTED, RESUMED, STAGE_BEGUN, STAGE_PASSED, COMPLETED -> Events.Type.NORMAL;
    };
  }

  private static String message(FleetModule module, RolloutStep step) {
    return ModuleStatuses.version(module) + ": " + step.message();
  }
}
