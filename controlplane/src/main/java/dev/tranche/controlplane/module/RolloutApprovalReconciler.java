package dev.tranche.controlplane.module;

import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.status.Conditions;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.Gate;
import dev.tranche.crd.v1alpha1.RolloutApproval;
import dev.tranche.crd.v1alpha1.RolloutApprovalStatus;
import dev.tranche.crd.v1alpha1.RolloutStage;
import dev.tranche.crd.v1alpha1.StageStatus;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.PrimaryUpdateAndCacheUtils;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says what became of an approval, and keeps as many used ones as a module keeps of its history.
 * Whether a rollout may go on is not decided here.
 */
final class RolloutApprovalReconciler implements Reconciler<RolloutApproval> {
  private static final Logger log = LoggerFactory.getLogger(RolloutApprovalReconciler.class);
  private static final int HISTORY = 10;

  private final KnownModules modules;
  private final ObjectCache<RolloutApproval> approvals;
  private final Clock clock;
  private final SimpleInboundEventSource<RolloutApproval> wakeUps =
      new SimpleInboundEventSource<>("modules");

  RolloutApprovalReconciler(
      KnownModules modules, ObjectCache<RolloutApproval> approvals, Clock clock) {
    this.modules = modules;
    this.approvals = approvals;
    this.clock = clock;
  }

  /** Has an approval looked at again. */
  void wake(ObjectKey approval) {
    wakeUps.propagateEvent(new ResourceID(approval.name(), approval.namespace()));
  }

  @Override
  public List<EventSource<?, RolloutApproval>> prepareEventSources(
      EventSourceContext<RolloutApproval> context) {
    return List.of(wakeUps);
  }

  @Override
  public UpdateControl<RolloutApproval> reconcile(
      RolloutApproval approval, Context<RolloutApproval> context) {
    var reference = approval.getSpec().moduleRef();
    var module =
        modules.find(
            KnownModules.kind(reference),
            new ObjectKey(approval.getMetadata().getNamespace(), reference.name()));
    if (module != null && isBeyondHistory(approval, module)) {
      context.getClient().resource(approval).delete();
      log.atInfo()
          .addKeyValue("rolloutapproval", ObjectKey.of(approval))
          .addKeyValue("why", "beyond the history limit of its module")
          .log("rolloutapproval deleted");
      return UpdateControl.noUpdate();
    }
    var status = status(approval, module, clock.instant());
    if (!status.equals(approval.getStatus())) {
      var patch = new RolloutApproval();
      patch.setMetadata(
          new ObjectMetaBuilder()
              .withNamespace(approval.getMetadata().getNamespace())
              .withName(approval.getMetadata().getName())
              .build());
      patch.setStatus(status);
      PrimaryUpdateAndCacheUtils.ssaPatchStatusAndCacheResource(approval, patch, context);
    }
    return UpdateControl.noUpdate();
  }

  static RolloutApprovalStatus status(
      RolloutApproval approval, @Nullable FleetModule module, Instant now) {
    var before = approval.getStatus();
    long generation = approval.getMetadata().getGeneration();
    var conditions =
        Conditions.after(before == null ? List.of() : before.conditions(), generation, now);
    var used =
        before != null && before.usedAt() != null ? before.usedAt() : usedAt(approval, module);
    if (used != null) {
      conditions.isTrue(Conditions.READY, "Used", "the stage was passed with it");
    } else {
      judge(approval, module, conditions);
    }
    return new RolloutApprovalStatus(generation, used, conditions.list());
  }

  private static void judge(
      RolloutApproval approval, @Nullable FleetModule module, Conditions conditions) {
    var spec = approval.getSpec();
    if (module == null) {
      conditions.isFalse(
          Conditions.READY,
          "ModuleNotFound",
          "there is no %s %s in this namespace"
              .formatted(KnownModules.kind(spec.moduleRef()), spec.moduleRef().name()));
      return;
    }
    var stage = stage(module, spec.stage());
    if (stage.isEmpty()) {
      conditions.isFalse(
          Conditions.READY, "StageNotFound", "the module has no stage %s".formatted(spec.stage()));
    } else if (stage.get().gates().stream().map(Gate::approval).noneMatch(Objects::nonNull)) {
      conditions.isFalse(
          Conditions.READY, "NoApprovalGate", "stage %s needs no approval".formatted(spec.stage()));
    } else if (module.getStatus() == null
        || !spec.revision().equals(module.getStatus().targetRevision())) {
      conditions.isFalse(
          Conditions.READY,
          "OtherRevision",
          "the module rolls out revision %s, so this approval counts for nothing"
              .formatted(
                  module.getStatus() == null ? "(none yet)" : module.getStatus().targetRevision()));
    } else {
      conditions.isTrue(
          Conditions.READY, "Approved", "the stage may be passed once its clusters have succeeded");
    }
  }

  private static Optional<RolloutStage> stage(FleetModule module, String name) {
    var rollout = module.getSpec().rollout();
    return rollout == null
        ? Optional.empty()
        : rollout.stages().stream().filter(stage -> stage.name().equals(name)).findFirst();
  }

  /** When the stage was passed in the rollout that an approval speaks of; null where it was not. */
  private static @Nullable Instant usedAt(RolloutApproval approval, @Nullable FleetModule module) {
    var spec = approval.getSpec();
    if (module == null || module.getStatus() == null) {
      return null;
    }
    var rollout = module.getStatus().rollout();
    if (rollout == null || !spec.revision().equals(rollout.revision())) {
      return null;
    }
    var gated =
        stage(module, spec.stage())
            .filter(stage -> stage.gates().stream().anyMatch(gate -> gate.approval() != null));
    var passed =
        rollout.stages().stream()
            .filter(stage -> stage.name().equals(spec.stage()))
            .map(StageStatus::passedAt)
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(null);
    return gated.isEmpty() || passed == null || wasMadeAfter(approval, passed) ? null : passed;
  }

  private static boolean wasMadeAfter(RolloutApproval approval, Instant passed) {
    return Instant.parse(approval.getMetadata().getCreationTimestamp()).isAfter(passed);
  }

  private boolean isBeyondHistory(RolloutApproval approval, FleetModule module) {
    int limit = Objects.requireNonNullElse(module.getSpec().revisionHistoryLimit(), HISTORY);
    return used(approval) != null
        && approvals.inNamespace(approval.getMetadata().getNamespace()).stream()
            .filter(other -> KnownModules.isMeant(other, module))
            .filter(other -> used(other) != null)
            .sorted(
                Comparator.comparing(RolloutApprovalReconciler::used, Comparator.reverseOrder())
                    .thenComparing(other -> other.getMetadata().getName()))
            .skip(limit)
            .anyMatch(
                other -> other.getMetadata().getName().equals(approval.getMetadata().getName()));
  }

  private static @Nullable Instant used(RolloutApproval approval) {
    return approval.getStatus() == null ? null : approval.getStatus().usedAt();
  }
}
