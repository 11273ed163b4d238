package dev.tranche.controlplane.module;

import dev.tranche.assemblage.binding.Resolution;
import dev.tranche.assemblage.status.Conditions;
import dev.tranche.assemblage.status.Sentences;
import dev.tranche.controlplane.rollout.RolloutRecord;
import dev.tranche.crd.v1alpha1.Attention;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.ModuleStatus;
import dev.tranche.crd.v1alpha1.PendingEvent;
import dev.tranche.crd.v1alpha1.Summary;
import dev.tranche.rollout.ClusterPlan;
import dev.tranche.rollout.ClusterState;
import dev.tranche.rollout.Reason;
import dev.tranche.rollout.ReasonCode;
import dev.tranche.rollout.RolloutPlan;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says in a status what a plan means. Bounded, whatever the size of the fleet. */
final class ModuleStatuses {
  private static final int ATTENTION_LIMIT = 10;
  private static final int NAMED_CLUSTERS = 3;

  /** What no change in the fleet can put right. */
  private static final Set<Resolution.Reason> ONLY_AN_EDIT_HELPS =
      EnumSet.of(
          Resolution.Reason.UNKNOWN_BINDING,
          Resolution.Reason.BINDING_CIRCLE,
          Resolution.Reason.SECRET_VALUE_REFUSED,
          Resolution.Reason.INVALID_VALUE);

  /** The states that need a look, the worst first. */
  private static final List<ClusterState> NEED_A_LOOK =
      List.of(
          ClusterState.FAILED,
          ClusterState.UNREACHABLE,
          ClusterState.HELD,
          ClusterState.NOT_READY,
          ClusterState.PENDING);

  /** The condition that says whether a rollout goes on, as a Deployment's does. */
  private static final String PROGRESSING = "Progressing";

  /** The condition that is there while a tag is not where it was when it was assigned. */
  static final String TAG_MOVED = "TagMoved";

  /** The condition that is there while nobody can say whether there is something newer. */
  static final String SOURCE_UNAVAILABLE = "SourceUnavailable";

  /** The condition that is there while a marker is where somebody else put it. */
  static final String MARKER_MOVED = "MarkerMoved";

  /** The condition that is there while a marker is not kept where it should be. */
  static final String MARKER_NOT_KEPT = "MarkerNotKept";

  /** The reasons of clusters that are no longer in that state once the plan is carried out. */
  private static final Set<String> PASSING =
      Set.of(ReasonCode.ASSIGNING.word(), ReasonCode.REPAIRING.word());

  private ModuleStatuses() {}

  /** What goes on without anybody having to look. */
  private static final Set<String> ORDINARY =
      Set.of(
          "RollingOut",
          "Withdrawing",
          "Soaking",
          "AwaitingApproval",
          "AwaitingCheck",
          "OutsideWindow");

  /**
   * The status of a module of which this is planned.
   *
   * @param source what is known of what it declares
   * @param marker how far it was applied everywhere
   * @param problem what only an edit of the module puts right; null where there is nothing
   * @param events that are still to be handed over
   */
  static ModuleStatus of(
      FleetModule module,
      SourceReport source,
      MarkerReport marker,
      RolloutPlan plan,
      Collection<Resolution.Unresolvable> unresolvable,
      @Nullable Reason problem,
      List<PendingEvent> events,
      Instant now) {
    var counts = ClusterCounts.of(plan);
    var ready = Readiness.of(module, source, plan, problem);
    var conditions = conditions(module, now);
    if (ready.status()) {
      conditions.isTrue(Conditions.READY, ready.reason(), ready.message());
    } else {
      conditions.isFalse(Conditions.READY, ready.reason(), ready.message());
    }
    if (ready.underway()) {
      conditions.isTrue(Conditions.RECONCILING, ready.reason(), ready.message());
    }
    stalled(plan, unresolvable, problem)
        .ifPresent(reason ->
            conditions.isTrue(
                Conditions.STALLED, reason.code(), Sentences.bounded(reason.message())));
    var phase = Phases.of(plan.outlook().phase());
    if (phase.progressing()) {
      conditions.isTrue(PROGRESSING, phase.reason(), Sentences.bounded(said(plan, ready)));
    } else {
      conditions.isFalse(PROGRESSING, phase.reason(), Sentences.bounded(said(plan, ready)));
    }
    tellNews(source, conditions);
    if (marker.movedByOther() != null) {
      conditions.isTrue(
          MARKER_MOVED,
          marker.movedByOther().code(),
          Sentences.bounded(marker.movedByOther().message()));
    }
    if (marker.notKept() != null) {
      conditions.isTrue(
          MARKER_NOT_KEPT, marker.notKept().code(), Sentences.bounded(marker.notKept().message()));
    }
    var previous = module.getStatus();
    return new ModuleStatus(
        module.getMetadata().getGeneration(),
        source.version(),
        source.exact(),
        marker.marker(),
        counts.summary(),
        plan.progress().revision(),
        ready.status() && counts.of(ClusterState.SUCCEEDED) > 0
            ? plan.progress().revision()
            : previous == null ? null : previous.currentRevision(),
        plan.stableRevision(),
        RolloutRecord.of(plan, events),
        attention(plan),
        conditions.list());
  }

  /**
   * The status of a module of which it is not known what it declares, nor what it declared before.
   *
   * @param selected how many clusters wait for that
   */
  static ModuleStatus unknown(FleetModule module, SourceReport source, int selected, Instant now) {
    var why = Objects.requireNonNull(source.unknown());
    var message =
        Sentences.bounded(
            "%s cannot be brought to %s yet: %s"
                .formatted(source.version(), ClusterCounts.clusters(selected), why.message()));
    var previous = Objects.requireNonNullElseGet(module.getStatus(), ModuleStatuses::none);
    return new ModuleStatus(
        module.getMetadata().getGeneration(),
        source.version(),
        null,
        previous.marker(),
        new Summary(selected, 0, 0, selected, 0, 0, 0, 0),
        previous.targetRevision(),
        previous.currentRevision(),
        previous.stableRevision(),
        previous.rollout(),
        List.of(),
        conditions(module, now)
            .isFalse(Conditions.READY, why.code(), message)
            .isTrue(Conditions.RECONCILING, why.code(), message)
            .list());
  }

  /** The tag moved, or the server does not say whether it did. */
  private static void tellNews(SourceReport source, Conditions conditions) {
    var news = source.news();
    if (news != null) {
      conditions.isTrue(
          source.tagMoved() ? TAG_MOVED : SOURCE_UNAVAILABLE,
          news.code(),
          Sentences.bounded(news.message()));
    }
  }

  /** Whether a reason of Ready is one that nobody has to look at. */
  static boolean isOrdinary(String reason) {
    return ORDINARY.contains(reason);
  }

  private static Optional<Reason> stalled(
      RolloutPlan plan,
      Collection<Resolution.Unresolvable> unresolvable,
      @Nullable Reason problem) {
    if (problem != null) {
      return Optional.of(problem);
    }
    if (Phases.of(plan.outlook().phase()).stalled()) {
      return Optional.of(
          new Reason(Phases.of(plan.outlook().phase()).reason(), plan.outlook().message()));
    }
    return unresolvable.stream()
        .filter(trouble -> ONLY_AN_EDIT_HELPS.contains(trouble.reason()))
        .findFirst()
        .map(trouble -> new Reason(trouble.reason().toString(), trouble.message()));
  }

  private static String said(RolloutPlan plan, Readiness ready) {
    return plan.outlook().message().isEmpty() ? ready.message() : plan.outlook().message();
  }

  /** The status of a module that is being deleted and still has something in these clusters. */
  static ModuleStatus withdrawing(FleetModule module, Map<String, String> waitingFor, Instant now) {
    var clusters = waitingFor.keySet().stream().sorted().toList();
    var message =
        "withdrawing; %s still %s it: %s"
            .formatted(
                ClusterCounts.clusters(clusters.size()),
                clusters.size() == 1 ? "has" : "have",
                clusters.stream()
                        .limit(NAMED_CLUSTERS)
                        .map(cluster -> cluster + " (" + waitingFor.get(cluster) + ")")
                        .collect(Collectors.joining(", "))
                    + (clusters.size() > NAMED_CLUSTERS ? ", …" : ""));
    var previous = Objects.requireNonNullElseGet(module.getStatus(), ModuleStatuses::none);
    return new ModuleStatus(
        module.getMetadata().getGeneration(),
        previous.version(),
        previous.source(),
        previous.marker(),
        previous.summary(),
        previous.targetRevision(),
        previous.currentRevision(),
        previous.stableRevision(),
        previous.rollout(),
        List.of(),
        conditions(module, now)
            .isFalse(Conditions.READY, "Withdrawing", Sentences.bounded(message))
            .isTrue(Conditions.RECONCILING, "Withdrawing", Sentences.bounded(message))
            .list());
  }

  private static List<Attention> attention(RolloutPlan plan) {
    return plan.clusters().stream()
        .filter(cluster -> NEED_A_LOOK.contains(cluster.state()) || Handover.isUnderway(cluster))
        .filter(cluster -> !PASSING.contains(cluster.reason().code()))
        .sorted(Comparator.comparingInt(ModuleStatuses::rank).thenComparing(ClusterPlan::cluster))
        .limit(ATTENTION_LIMIT)
        .map(cluster ->
            new Attention(
                cluster.cluster(),
                cluster.state().word(),
                cluster.reason().code(),
                Sentences.bounded(cluster.reason().message())))
        .toList();
  }

  private static int rank(ClusterPlan cluster) {
    int rank = NEED_A_LOOK.indexOf(cluster.state());
    return rank < 0 ? NEED_A_LOOK.size() : rank;
  }

  private static Conditions conditions(FleetModule module, Instant now) {
    var previous = module.getStatus();
    return Conditions.after(
        previous == null ? List.of() : previous.conditions(),
        module.getMetadata().getGeneration(),
        now);
  }

  private static ModuleStatus none() {
    return new ModuleStatus(
        null, null, null, null, null, null, null, null, null, List.of(), List.of());
  }

  /** The Ready condition of a status; null where there is none yet. */
  static io.fabric8.kubernetes.api.model.@Nullable Condition ready(@Nullable ModuleStatus status) {
    return status == null ? null : Conditions.find(status.conditions(), Conditions.READY);
  }

  /** The condition that says that a tag moved; null where none did. */
  static io.fabric8.kubernetes.api.model.@Nullable Condition movedTag(
      @Nullable ModuleStatus status) {
    return status == null ? null : Conditions.find(status.conditions(), TAG_MOVED);
  }
}
